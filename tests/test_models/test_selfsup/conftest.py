"""A SOLIDER small enough for unit tests."""

import copy
import socket

import pytest
import torch
from torch import Tensor

CHANNELS, PROTOTYPES = 32, 24

TINY = dict(
    data_preprocessor=dict(type="mmpretrain.SelfSupDataPreprocessor"),
    backbone=dict(
        type="solider_mm.SOLIDERSwin",
        arch=dict(embed_dims=8, depths=(1, 1, 1), num_heads=(1, 2, 4)),
        strides=(4, 2, 1),
        out_indices=(2,),
        drop_path_rate=0.0,
    ),
    neck=dict(
        type="solider_mm.DINOPretrainNeck",
        in_channels=CHANNELS,
        hidden_channels=16,
        bottleneck_channels=8,
        out_channels=PROTOTYPES,
    ),
    head=dict(type="solider_mm.DINOPretrainHead", out_channels=PROTOTYPES),
)
SEMANTIC = dict(
    target_generator=dict(type="solider_mm.SemanticClusterer", num_parts=3),
    semantic_head=dict(type="solider_mm.SemanticHead", in_channels=CHANNELS),
)


@pytest.fixture
def dino_config() -> dict:
    return dict(type="solider_mm.DINOPretrain", **copy.deepcopy(TINY))


@pytest.fixture
def solider_config() -> dict:
    return dict(type="solider_mm.SOLIDER", **copy.deepcopy({**TINY, **SEMANTIC}))


@pytest.fixture
def views() -> list[Tensor]:
    """Two global views 64×32 and two local ones 32×16 of six images."""
    generator = torch.Generator().manual_seed(1)
    sizes = [(64, 32)] * 2 + [(32, 16)] * 2
    return [torch.randn(6, 3, h, w, generator=generator) for h, w in sizes]


@pytest.fixture
def unused_port() -> int:
    """A TCP port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
