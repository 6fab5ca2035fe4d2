"""The nano weights that come with the package."""

from pathlib import Path

import torch
from mmengine.config import Config

from solider_mm.checkpoints import EMBEDDED_SIZE, embedded_backbone, read_checkpoint
from solider_mm.checkpoints.embedded import EMBEDDED_CHECKPOINT
from solider_mm.registry import MODELS


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


def test_they_are_small_and_load_whole() -> None:
    assert EMBEDDED_CHECKPOINT.stat().st_size <= 2_000_000
    checkpoint = read_checkpoint("embedded")
    assert not checkpoint.neck
    model = MODELS.build(embedded_backbone())
    model.init_weights()
    for name, value in model.state_dict().items():
        if not name.endswith("_index"):
            expected = checkpoint.backbone[name].to(value)
            torch.testing.assert_close(value, expected, rtol=0, atol=0)


def test_lambda_changes_what_they_see() -> None:
    model = MODELS.build(embedded_backbone()).eval()
    model.init_weights()
    image = torch.randn(1, 3, *EMBEDDED_SIZE)
    appearance, semantics = (model(image, weight)[-1] for weight in (0.0, 1.0))
    assert appearance.shape == (1, 160, 8, 4)
    change = (semantics - appearance).norm() / appearance.norm()
    assert change > 0.02
