"""What cargo makes of a revision, and the slots that it happens in."""
