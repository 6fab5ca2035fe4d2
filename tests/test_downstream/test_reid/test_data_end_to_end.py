"""Synthetic pedestrians in the Market-1501 layout, from files to batches."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.registry import DATASETS, DefaultScope
from mmengine.runner import Runner
from torch import nn

from solider_mm.synthetic import write_market1501

CONFIGS = Path(__file__).resolve().parents[3] / "configs"
BASES = sorted(CONFIGS.glob("_base_/datasets/reid_*.py"))
SIZE = (48, 16)  # (H, W)
LOAD = dict(type="solider_mm.LoadPersonImage")
TRAIN_PIPELINE = [
    LOAD,
    # mmcv's scale is (W, H), mmpretrain's crop_size is (H, W).
    dict(type="Resize", scale=SIZE[::-1], interpolation="bicubic", backend="pillow"),
    dict(type="RandomFlip", prob=0.5),
    dict(type="mmpretrain.RandomCrop", crop_size=SIZE, padding=10),
    dict(type="mmpretrain.PackInputs"),
]
TEST_PIPELINE = [
    LOAD,
    dict(type="Resize", scale=SIZE[::-1], interpolation="bilinear", backend="pillow"),
    dict(
        type="mmpretrain.PackInputs",
        meta_keys=("img_path", "person_id", "camera_id", "is_query"),
    ),
]
PREPROCESSOR = dict(
    type="solider_mm.PersonReIDDataPreprocessor",
    mean=[127.5] * 3,
    std=[127.5] * 3,
    to_rgb=True,
)


@pytest.fixture(scope="module")
def dataset_root(tmp_path_factory) -> Path:
    return write_market1501(
        tmp_path_factory.mktemp("data") / "market1501",
        num_identities=10,
        num_test_identities=3,
        shots_per_camera=2,
        num_distractors=4,
        size=(64, 32),
        truth=False,
        show_progress=False,
    )


def _dataloader(root: Path, split: str, **options) -> dict:
    pipeline = TRAIN_PIPELINE if split == "train" else TEST_PIPELINE
    dataset = dict(
        type="solider_mm.Market1501",
        data_root=str(root),
        split=split,
        pipeline=pipeline,
    )
    collate = dict(type="default_collate")
    return dict(dataset=dataset, collate_fn=collate, num_workers=0, **options)


def _train_dataloader(root: Path) -> dict:
    sampler = dict(type="solider_mm.IdentitySampler", num_identities=4, num_instances=4)
    return _dataloader(root, "train", batch_size=16, sampler=sampler)


class MeanColor(BaseModel):
    """The least that a Runner can train."""

    def __init__(self) -> None:
        super().__init__(data_preprocessor=PREPROCESSOR)
        self.layer = nn.Linear(3, 1)
        self.seen: list[list[str]] = []
        self.shapes: set[tuple[int, ...]] = set()

    def forward(self, inputs, data_samples, mode="tensor"):
        labels = torch.cat([sample.gt_label for sample in data_samples])
        assert torch.equal(labels, labels.view(4, 4)[:, :1].expand(4, 4).flatten())
        self.seen.append([sample.img_path for sample in data_samples])
        self.shapes.add(tuple(inputs.shape))
        return dict(loss=self.layer(inputs.mean(dim=(2, 3))).mean())


class NoteLength(Hook):
    def __init__(self) -> None:
        self.lengths: list[int] = []

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        if batch_idx == 0:
            self.lengths.append(len(runner.train_dataloader))


def _runner(root: Path, work_dir: Path, epochs: int, **options) -> Runner:
    return Runner(
        model=MeanColor(),
        work_dir=str(work_dir),
        train_dataloader=_train_dataloader(root),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type="SGD", lr=0.1)),
        default_hooks=dict(checkpoint=dict(type="CheckpointHook", interval=1)),
        default_scope="mmpretrain",
        randomness=dict(seed=7),
        experiment_name=f"reid_data_{work_dir.name}_{epochs}",
        log_level="ERROR",
        **options,
    )


def test_runner_samples_by_epoch_and_resumes(
    dataset_root: Path, tmp_path: Path
) -> None:
    note = NoteLength()
    whole = _runner(dataset_root, tmp_path / "whole", 3, custom_hooks=[note])
    whole.train()
    assert whole.model.shapes == {(16, 3, *SIZE)}
    batches = whole.model.seen
    assert len(batches) == sum(note.lengths)  # len is what really comes
    starts = np.cumsum([0, *note.lengths])
    assert batches[starts[0]] != batches[starts[1]] != batches[starts[2]]
    assert all(len(set(batch)) >= 4 for batch in batches)

    resumed = _runner(
        dataset_root,
        tmp_path / "resumed",
        3,
        load_from=str(tmp_path / "whole/epoch_2.pth"),
        resume=True,
    )
    resumed.train()
    assert resumed.model.seen == batches[starts[2] :]


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.stem)
@pytest.mark.parametrize("part", ["train", "test"])
def test_configs_give_images_of_configured_size(
    dataset_root: Path, base: Path, part: str
) -> None:
    """(H, W) in the config, whatever order its transforms want."""
    config = Config.fromfile(base)
    dataset = config[f"{part}_dataloader"].dataset
    dataset.data_root = str(dataset_root)
    with DefaultScope.overwrite_default_scope("mmpretrain"):
        sample = DATASETS.build(dataset)[0]
    assert sample["inputs"].shape == (3, *config.size)
    keys = set(sample["data_samples"].all_keys())
    assert {"img_path", "person_id", "camera_id"} <= keys


def test_samples_have_fields_of_the_metric(dataset_root: Path) -> None:
    loader = Runner.build_dataloader(
        _dataloader(
            dataset_root,
            "test",
            batch_size=5,
            sampler=dict(type="DefaultSampler", shuffle=False),
        )
    )
    samples = [sample.to_dict() for batch in loader for sample in batch["data_samples"]]
    assert len(samples) == len(loader.dataset)
    is_query = [sample["is_query"] for sample in samples]
    assert is_query == sorted(is_query, reverse=True)
    assert 0 < sum(is_query) < len(samples)
    for sample in samples:
        folder = "query" if sample["is_query"] else "bounding_box_test"
        path = Path(sample["img_path"])
        assert path.parent.name == folder
        assert path.name.startswith(
            f"{sample['person_id']:04d}_c{sample['camera_id'] + 1}s"
        )
    assert sum(sample["person_id"] == 0 for sample in samples) == 4
    assert next(iter(loader))["inputs"].shape == (5, 3, *SIZE)
