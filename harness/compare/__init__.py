"""Pure comparison: no clock, no process, no file."""
