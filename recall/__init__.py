"""Measures what the harness sees of seeded regressions, and what it wrongly sees of harmless patches."""
