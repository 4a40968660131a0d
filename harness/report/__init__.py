"""One summary of what was found, rendered for terminal, file and JUnit."""
