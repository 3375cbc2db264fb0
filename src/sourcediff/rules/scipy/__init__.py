"""The derivatives of SciPy's functions; each area is read once SciPy's own is there."""
