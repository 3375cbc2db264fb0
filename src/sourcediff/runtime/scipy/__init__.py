"""Helpers that generated code may call where the user's program uses SciPy."""
