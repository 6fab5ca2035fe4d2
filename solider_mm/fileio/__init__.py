"""File access: atomic writes, memory-mapped arrays, image files, cache folder.

The lowest package: it imports nothing of `solider_mm`.
"""
