"""Generated gradients against primals, handwritten adjoints and other tools."""
