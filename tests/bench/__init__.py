"""What `manage.py bench` runs: measurements of Tally beside a reference of the same run, on services of their own."""
