"""What commits are meant to change and must reach, and judging against it. Pure."""
