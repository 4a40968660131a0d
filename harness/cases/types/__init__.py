"""Configurations from Rust types: reading the types, documents of them, and how those are written."""
