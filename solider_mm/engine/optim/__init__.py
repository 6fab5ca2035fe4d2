"""Optimizer wrappers and their constructor."""

from solider_mm.engine.optim.pretrain_constructor import PretrainOptimWrapperConstructor
from solider_mm.engine.optim.pretrain_optim_wrapper import (
    PretrainAmpOptimWrapper,
    PretrainOptimWrapper,
)

__all__ = [
    "PretrainAmpOptimWrapper",
    "PretrainOptimWrapper",
    "PretrainOptimWrapperConstructor",
]
