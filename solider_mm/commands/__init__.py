"""What `python -m solider_mm` does, one module per step.

`options` and `checks` import neither torch nor the hosts: help and refusals come at
once.
"""
