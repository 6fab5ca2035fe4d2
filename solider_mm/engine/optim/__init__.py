"""Optimizer wrappers and their constructor."""

from .pretrain_constructor import PretrainOptimWrapperConstructor
from .pretrain_optim_wrapper import PretrainAmpOptimWrapper, PretrainOptimWrapper

__all__ = [
    "PretrainAmpOptimWrapper",
    "PretrainOptimWrapper",
    "PretrainOptimWrapperConstructor",
]
