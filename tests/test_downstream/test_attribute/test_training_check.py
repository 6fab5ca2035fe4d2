"""Checks of data and batches before attribute training."""

from types import SimpleNamespace

import numpy as np
import pytest

from solider_mm.downstream.attribute import training_check
from solider_mm.downstream.attribute.training_check import (
    AttributeCheckHook,
    check_labels,
    check_names,
)


class _Loader(SimpleNamespace):
    def __len__(self) -> int:
        return len(self.dataset) // self.batch_size


class _Images:
    def __init__(self, rows, names=("hat", "bag")):
        self.rows, self.metainfo = rows, {"classes": names}

    def __len__(self) -> int:
        return len(self.rows)

    def get_data_info(self, index: int) -> dict:
        return {"gt_score": np.array(self.rows[index], np.float32)}


def runner(rows, batch_size=2, names=("hat", "bag"), val_names=("hat", "bag")):
    loader = _Loader(dataset=_Images(rows, names), batch_size=batch_size)
    validation = SimpleNamespace(dataset=_Images(rows, val_names))
    return SimpleNamespace(
        train_dataloader=loader, val_loop=SimpleNamespace(dataloader=validation)
    )


def test_refuses_fewer_images_than_a_batch() -> None:
    rows = [[0, 1], [1, 0], [1, 1]]
    AttributeCheckHook().before_train(runner(rows))
    with pytest.raises(ValueError, match=r"has 3 samples, fewer than a batch of 64"):
        AttributeCheckHook().before_train(runner(rows, batch_size=64))


def test_refuses_constant_labels_and_names_constant_attributes(monkeypatch) -> None:
    messages: list[str] = []
    monkeypatch.setattr(training_check, "print_log", lambda m, **_: messages.append(m))
    samples = [{"gt_score": np.array(row)} for row in ([0, 1, 0], [0, 1, 1])]
    check_labels(samples, ("hat", "bag", "coat"))
    assert "1 of 3 attributes have no positives" in messages[0]
    assert messages[0].endswith("hat")
    assert messages[1].endswith("bag")
    with pytest.raises(ValueError, match="all 2 attributes of 2 training images"):
        check_labels([{"gt_score": row["gt_score"][:2]} for row in samples])


def test_refuses_other_attributes_in_validation() -> None:
    check_names(("hat", "bag"), ["hat", "bag"])
    check_names(None, ("hat",))
    rows = [[0, 1], [1, 0]]
    with pytest.raises(ValueError, match=r"the same names in another order"):
        AttributeCheckHook().before_train(runner(rows, val_names=("bag", "hat")))
    with pytest.raises(ValueError, match=r"other names"):
        AttributeCheckHook().before_train(runner(rows, val_names=("hat", "coat")))
