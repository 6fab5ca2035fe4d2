"""The reference procedure, written anew from its description: what we compare with.

It does what the authors' released code does (docs/reference.md §2) and nothing cleverer,
on the device of the tensors. Only the benchmarks use it. Tests hold it against the
golden numbers, so that a ratio to it is a ratio to the reference and not to a straw
man. Where the facts leave something open, the choice that costs the reference less was
taken, and the place says so.
"""
