"""The walk over a range: what is compared, what each comparison needs, and the verdicts that follow."""
