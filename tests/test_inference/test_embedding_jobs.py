"""Jobs and files of embeddings."""

from pathlib import Path

import numpy as np
import pytest
import torch

from solider_mm.inference.embedding_jobs import (
    keep_settings,
    plan_jobs,
    write_embeddings,
)
from solider_mm.inference.feature_file import load_features


def test_processes_share_the_files_and_skip_those_that_exist(tmp_path: Path) -> None:
    starts = [0, 4, 8, 8, 9]  # the third shard is empty
    jobs = [plan_jobs(tmp_path, ".parquet", starts, None, r, 2) for r in (0, 1)]
    assert [[(j.path.stem, j.start, j.stop) for j in some] for some in jobs] == [
        [("00000", 0, 4), ("00003", 8, 9)],
        [("00001", 4, 8)],
    ]
    jobs[0][0].path.touch()
    again = plan_jobs(tmp_path, ".parquet", starts, list("abcd"), 0, 1)
    assert [job.path.name for job in again] == ["a.parquet", "b.parquet", "d.parquet"]
    assert len(plan_jobs(tmp_path, ".parquet", starts)) == 2


def test_batches_across_files_are_split_and_unreadable_images_left_out(
    tmp_path: Path,
) -> None:
    jobs = plan_jobs(tmp_path, ".safetensors", [0, 3, 5, 6])
    values = torch.arange(6.0).view(6, 1, 1, 1).expand(-1, 3, 1, 2)
    batches = [
        (1, [0, 1], values[:2]),
        (3, [3], values[3:4]),  # image 2 cannot be read
        (5, [4], values[4:5]),  # nor can image 5
    ]
    count = write_embeddings(
        jobs, batches, lambda images: images[:, :2, 0, 0].numpy(), "image {}".format
    )
    assert count == 4
    tables = [load_features(job.path) for job in jobs]
    assert [table.names for table in tables] == [
        ["image 0", "image 1"],
        ["image 3", "image 4"],
        [],
    ]
    np.testing.assert_array_equal(tables[1].features, [[3, 3], [4, 4]])


def test_other_settings_are_refused(tmp_path: Path) -> None:
    keep_settings(tmp_path / "out", {"size": [256, 128], "weight": None})
    keep_settings(tmp_path / "out", {"size": [256, 128], "weight": None})
    with pytest.raises(ValueError, match=r"size=\[256, 128\], not \[64, 32\]"):
        keep_settings(tmp_path / "out", {"size": [64, 32], "weight": None})
