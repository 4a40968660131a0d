"""A property and regression test harness for refactors of Rust workspaces, as a pytest plugin."""

__version__ = "0.1.0"
