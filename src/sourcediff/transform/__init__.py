"""Program to program: reverse mode, what is saved, and the clearing up after."""
