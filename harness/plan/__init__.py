"""Reads a refactor plan written in Markdown into a contract. Pure."""
