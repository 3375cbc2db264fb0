"""Primals, and the adjoints that are expected of them, word for word."""
