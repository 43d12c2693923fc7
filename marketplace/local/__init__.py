"""Everything `up` and `test` run on one machine: the services Tally needs, as children of one parent."""
