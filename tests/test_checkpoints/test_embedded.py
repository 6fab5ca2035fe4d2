"""The nano weights that come with the package."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from solider_mm.checkpoints import EMBEDDED_SIZE, embedded_backbone, read_checkpoint
from solider_mm.checkpoints.embedded import EMBEDDED_CHECKPOINTS
from solider_mm.evaluation.semantic_weight.people import ProbePeople
from solider_mm.evaluation.semantic_weight.probe import (
    compare_ends,
    probe_semantic_weight,
)
from solider_mm.registry import MODELS
from solider_mm.synthetic import render_pedestrian


def test_config_is_the_one_they_were_trained_with(root: Path) -> None:
    recipe = Config.fromfile(root / "configs/_base_/models/solider_swin-nano.py")
    data = Config.fromfile(root / "configs/_base_/datasets/multi_crop_64x32.py")
    embedded, trained = (
        MODELS.build(backbone)
        for backbone in (embedded_backbone(), recipe.model.backbone)
    )
    shapes, expected = (
        {name: value.shape for name, value in model.state_dict().items()}
        for model in (embedded, trained)
    )
    assert shapes == expected
    assert embedded.out_indices == trained.out_indices == (2,)
    strides = [stage.downsample.stride for stage in embedded.stages[:2]]
    assert strides == [stage.downsample.stride for stage in trained.stages[:2]]
    assert data.global_size == EMBEDDED_SIZE


@pytest.mark.parametrize("name", EMBEDDED_CHECKPOINTS)
def test_they_are_small_and_load_whole(name: str) -> None:
    assert EMBEDDED_CHECKPOINTS[name].stat().st_size <= 2_000_000
    checkpoint = read_checkpoint(name)
    assert not checkpoint.neck
    weights = {"type": "Pretrained", "checkpoint": name}
    model = MODELS.build({**embedded_backbone(), "init_cfg": weights})
    model.init_weights()
    for key, value in model.state_dict().items():
        if not key.endswith("_index"):
            expected = checkpoint.backbone[key].to(value)
            torch.testing.assert_close(value, expected, rtol=0, atol=0)


def test_lambda_steers_what_they_see() -> None:
    """On people that they were not trained on; docs/pretraining_runs.md has more."""
    people = ProbePeople.of(
        [
            render_pedestrian(700_000 + i, camera, 0, EMBEDDED_SIZE, background="noise")
            for i in range(60)
            for camera in range(3)
        ],
        EMBEDDED_SIZE,
    )
    model = MODELS.build(embedded_backbone())
    model.init_weights()
    results = probe_semantic_weight(model, people, [0.0, 0.5, 1.0])
    effect = compare_ends(results)
    assert effect["part_geometry"].value > 1.3
    assert effect["part_geometry"].low > 1.2
    assert effect["identity_map"].high < -2
    geometry = [results[weight]["part_geometry"].value for weight in (0, 0.5, 1)]
    assert geometry == sorted(geometry)
