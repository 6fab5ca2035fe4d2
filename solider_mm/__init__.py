"""SOLIDER for OpenMMLab: one λ-conditioned Swin backbone for six tasks on people."""

from solider_mm.version_gate import check_core, require_host

__version__ = "0.1.0"
__all__ = ["__version__", "require_host"]

check_core()
