"""A small run of mmengine's runner, for the tests of hooks and resuming."""

from pathlib import Path

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn
from torch.utils.data import Dataset

NUM_IMAGES = 8
BATCH = 2


class ToyData(Dataset):
    """Vectors; `bad` of them are NaN."""

    def __init__(self, bad: tuple[int, ...] = ()) -> None:
        self.bad = bad

    def __getitem__(self, index: int) -> dict:
        value = float("nan") if index in self.bad else index / NUM_IMAGES
        return {"inputs": torch.tensor([value, 1.0, -value]), "data_samples": index}

    def __len__(self) -> int:
        return NUM_IMAGES


class ToySample:
    def __init__(self, index: int) -> None:
        self.img_path = f"image_{index}.jpg"


def collate(items: list[dict]) -> dict:
    return {
        "inputs": torch.stack([item["inputs"] for item in items]),
        "data_samples": [ToySample(item["data_samples"]) for item in items],
    }


class ToyModel(BaseModel):
    """A linear layer and a batch norm, whose statistics a NaN would destroy."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(3)
        self.layer = nn.Linear(3, 1)

    def forward(
        self, inputs: torch.Tensor, data_samples: list | None = None, mode: str = "loss"
    ) -> dict:
        del data_samples, mode
        return {"loss": (self.layer(self.norm(inputs)) - 1).square().mean()}


@pytest.fixture
def toy_runner(tmp_path: Path):
    """Build a run of 2 epochs with 4 iterations each."""
    count = 0

    def build(
        folder: str = "run",
        *,
        bad: tuple[int, ...] = (),
        shuffle: bool = False,
        runner_class: type[Runner] = Runner,
        **more,
    ) -> Runner:
        nonlocal count
        count += 1
        torch.manual_seed(0)
        options = {
            "optim_wrapper": dict(optimizer=dict(type="AdamW", lr=0.1)),
            "train_cfg": dict(by_epoch=True, max_epochs=2),
        }
        return runner_class(
            model=ToyModel(),
            work_dir=str(tmp_path / folder),
            train_dataloader=dict(
                dataset=ToyData(bad),
                batch_size=BATCH,
                collate_fn=collate,
                sampler=dict(type="DefaultSampler", shuffle=shuffle),
            ),
            randomness=dict(seed=0),
            **{"experiment_name": f"{tmp_path.name}-{count}", **options, **more},
        )

    return build
