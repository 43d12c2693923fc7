"""Whether to believe it: matching, agreement, voting, and verdicts."""
