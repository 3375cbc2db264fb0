"""Questions about a program; the answers are values, and the tree is never edited."""
