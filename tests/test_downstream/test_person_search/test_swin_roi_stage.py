"""Split of a λ-Swin into trunk and RoI stage."""

import pytest
import torch

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from mmdet.registry import MODELS  # noqa: E402

from solider_mm.checkpoints.embedded import EMBEDDED_BACKBONE  # noqa: E402
from solider_mm.downstream.person_search.seqnet import split_swin  # noqa: E402


def test_trunk_and_stage_equal_the_complete_swin():
    """Trunk and stage compute the maps of the undivided backbone.

    The stage starts from the trunk's normalized map (docs/reference.md §S2), so the
    second half of the complete Swin is run step by step.
    """

    arch = dict(embed_dims=16, depths=(1, 1, 2), num_heads=(1, 2, 4))
    shared = dict(arch=arch, window_size=4, strides=(4, 2, 2), semantic_weight=0.6)
    complete = MODELS.build(
        dict(type="solider_mm.SOLIDERSwin", out_indices=(1, 2), **shared)
    ).eval()
    trunk_cfg, stage_cfg = split_swin(dict(type="solider_mm.SOLIDERSwin", **shared))
    trunk, stage = (MODELS.build(cfg).eval() for cfg in (trunk_cfg, stage_cfg))
    trunk.load_state_dict(complete.state_dict(), strict=False)
    names = stage.state_dict()
    stage.load_state_dict(
        {n: v for n, v in complete.state_dict().items() if n in names}
    )
    images = torch.randn(2, 3, 64, 64)
    (map_2,) = trunk(images)
    torch.testing.assert_close(map_2, complete(images)[0])
    tokens, size = map_2.flatten(2).transpose(1, 2), tuple(map_2.shape[2:])
    tokens, size = complete.stages[1].downsample(tokens, size)
    tokens = complete.controller(tokens, torch.full((2,), 0.6), 1)
    tokens = complete.norm2(complete.stages[2](tokens, size))
    expected = tokens.transpose(1, 2).unflatten(2, size)
    torch.testing.assert_close(stage(map_2), expected)
    assert not torch.allclose(stage(map_2, torch.zeros(2)), expected)  # λ matters
    assert stage(map_2[:0]).shape == (0, 64, 4, 4)


def test_stage_loads_from_the_embedded_checkpoint():

    weights = dict(type="Pretrained", checkpoint="embedded")
    backbone = {**EMBEDDED_BACKBONE, "semantic_weight": 0.6, "init_cfg": weights}
    complete = MODELS.build(backbone)
    complete.init_weights()
    stage = MODELS.build(split_swin(backbone)[1])
    stage.init_weights()
    reference = complete.state_dict()
    for name, value in stage.state_dict().items():
        torch.testing.assert_close(value, reference[name])
    tiny = {**backbone, "arch": "tiny", "strides": (4, 2, 2, 2)}
    other = MODELS.build(split_swin(tiny)[1])
    with pytest.raises(ValueError, match="does not contain this stage"):
        other.init_weights()


def test_refuses_backbone_without_semantic_weight():

    with pytest.raises(ValueError, match="no semantic_weight"):
        split_swin(dict(type="solider_mm.SOLIDERSwin"))
