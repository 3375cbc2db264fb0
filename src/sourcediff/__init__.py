"""Gradients of plain NumPy programs, source to source."""
