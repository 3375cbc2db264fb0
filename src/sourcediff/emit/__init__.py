"""Tree to text, text to function, and the way back from an error to the user's line."""
