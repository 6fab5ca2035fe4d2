"""Baseline: the official procedure, re-implemented from docs/reference.md §2.

It does what the official code does, on the device of the tensors, and only the
benchmarks use it. Tests compare it with the golden numbers, so that a ratio refers to
the official procedure. Where the description is open, the cheaper choice for the
baseline was taken; the code says so.
"""
