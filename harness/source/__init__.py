"""Git: revisions, the private clone, and the working tree as a revision."""
