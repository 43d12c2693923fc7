"""`manage.py bench consensus`: how true the adopted labels are, and at what cost, beside what others reach."""
