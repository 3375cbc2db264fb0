"""The forward-mode functions that are expected, word for word."""
