"""Files: atomic writing, memory-mapped arrays, lists of images."""
