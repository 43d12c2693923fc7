"""Stories on an installation of their own, whose processes are killed, starved and confused while people work."""
