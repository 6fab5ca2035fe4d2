"""A parsing run that would learn nothing is refused before its first iteration."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from solider_mm.downstream.human_parsing import (  # noqa: E402
    LIPParsing,
    ParsingCheckHook,
    training_check,
)

SIZE = (8, 6)
PIPELINE = [
    dict(type="solider_mm.LoadCheckedImage"),
    dict(type="solider_mm.LoadLabelMap"),
]


def runner_of(root: Path, values: list[int]) -> SimpleNamespace:
    """Three training images whose label maps hold one value each, or two."""
    for folder in ("train_images", "train_segmentations"):
        (root / folder).mkdir(parents=True)
    names = [f"person_{number}" for number in range(len(values))]
    for name, value in zip(names, values, strict=True):
        Image.new("RGB", SIZE[::-1]).save(root / "train_images" / f"{name}.jpg")
        labels = np.full(SIZE, value, np.uint8)
        Image.fromarray(labels).save(root / "train_segmentations" / f"{name}.png")
    (root / "train_id.txt").write_text("\n".join(names))
    dataset = LIPParsing(data_root=str(root), pipeline=PIPELINE)
    loader = [0]
    return SimpleNamespace(train_dataloader=_Loader(loader, dataset))


class _Loader(list):
    def __init__(self, batches: list, dataset: LIPParsing) -> None:
        super().__init__(batches)
        self.dataset = dataset


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([255, 255, 255], "3 label maps that were checked have no class, expected"),
        ([99, 120, 255], "have no class"),  # LIP has classes 0 to 19
        ([0, 0, 255], "have only 'Background', expected at least two of 20"),
    ],
)
def test_refuses_maps_from_which_nothing_is_learned(tmp_path, values, message):
    with pytest.raises(ValueError, match=message):
        ParsingCheckHook().before_train(runner_of(tmp_path, values))


def test_counts_and_names_maps_without_a_class(tmp_path, monkeypatch):
    texts = []
    monkeypatch.setattr(training_check, "print_log", lambda t, **_: texts.append(t))
    ParsingCheckHook().before_train(runner_of(tmp_path, [0, 13, 255]))
    (text,) = texts
    assert "1 of 3 label maps that were checked have no class" in text
    assert "person_2.png" in text


def test_number_of_checked_maps_is_limited(tmp_path):
    runner = runner_of(tmp_path, [0, 13, 255])
    with pytest.raises(ValueError, match="the 1 label maps"):
        ParsingCheckHook(max_checked=1).before_train(runner)
