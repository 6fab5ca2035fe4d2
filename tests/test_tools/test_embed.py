"""tools/embed.py as a user calls it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from solider_mm.datasets import PersonImages, write_shards
from solider_mm.inference.feature_extractor import FeatureExtractor
from solider_mm.inference.feature_file import load_features
from solider_mm.synthetic import render_pedestrian


def _embed(root: Path, *args: object, **variables: str) -> str:
    paths = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, root / "tools/embed.py", *map(str, args), "--workers", "0"],
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_vectors_are_those_of_the_extractor_and_files_are_not_made_twice(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOLIDER_MM_CACHE", str(tmp_path / "cache"))
    folder, shards = tmp_path / "in", tmp_path / "shards"
    folder.mkdir()
    for person in range(5):
        crop = render_pedestrian(person, camera=0, shot=0)["image"]
        Image.fromarray(crop).save(folder / f"{person}.png")
    out = tmp_path / "out"
    printed = _embed(root, folder, "--out", out, "--images-per-file", 3)
    assert "5 embeddings in 2 files" in printed
    tables = [load_features(out / f"{i:05}.safetensors") for i in range(2)]
    ours = np.concatenate([table.features for table in tables])
    expected = [r["feature"] for r in FeatureExtractor()(str(folder))]
    np.testing.assert_allclose(ours, np.stack(expected), rtol=1e-4, atol=1e-5)
    assert [Path(name).name for table in tables for name in table.names] == [
        f"{i}.png" for i in range(5)
    ]
    printed = _embed(root, folder, "--out", out, "--images-per-file", 3)
    assert "0 embeddings in 0 files" in printed

    source = PersonImages(data_root=folder).source
    write_shards(source.files(), shards, images_per_shard=2)
    second = dict(RANK="1", WORLD_SIZE="2")
    printed = _embed(root, shards, "--out", tmp_path / "sharded", **second)
    assert "2 embeddings in 1 files" in printed
    table = load_features(tmp_path / "sharded/00001.safetensors")
    np.testing.assert_allclose(table.features, ours[2:4], rtol=1e-4, atol=1e-5)
