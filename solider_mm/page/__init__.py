"""A local web page on which λ can be turned: `python -m solider_mm.page`."""
