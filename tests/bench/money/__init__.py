"""`manage.py bench money`: how fast money moves and is counted, and whether it always adds up."""
