"""The LMDB, shard and verification tools, as a user calls them."""

import os
import subprocess
import sys

import pytest
from PIL import Image

from solider_mm.datasets import PersonImages


@pytest.fixture
def images(tmp_path):
    for i in range(3):
        (tmp_path / "in").mkdir(exist_ok=True)
        Image.new("RGB", (4, 8), (0, 0, i)).save(tmp_path / "in" / f"{i}.png")
    return tmp_path / "in"


def run(root, tool: str, *args: object) -> "subprocess.CompletedProcess[str]":
    paths = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, root / "tools" / tool, *map(str, args)]
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_make_lmdb_and_verify(root, images, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SOLIDER_MM_CACHE", str(tmp_path / "cache"))
    made = run(root, "dataset_converters/make_lmdb.py", images, tmp_path / "out.lmdb")
    assert "3 images" in made.stdout, made.stderr
    stored = PersonImages(
        data_root=tmp_path, lmdb="out.lmdb", pipeline=[dict(type="LoadPersonImage")]
    )
    assert [int(stored[i]["img"][0, 0, 0]) for i in range(3)] == [0, 1, 2]

    good = run(root, "analysis_tools/verify_images.py", images, "--workers", 2)
    assert good.returncode == 0, good.stderr
    (images / "1.png").write_bytes(b"damaged")
    bad = run(root, "analysis_tools/verify_images.py", images, "--workers", 2)
    assert bad.returncode == 1
    assert "1.png: not decodable" in bad.stdout
    assert "1 of 3 images are unreadable" in bad.stdout


@pytest.mark.slow
def test_make_shards_and_verify(root, images, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SOLIDER_MM_CACHE", str(tmp_path / "cache"))
    made = run(
        root,
        "dataset_converters/make_shards.py",
        images,
        tmp_path / "out",
        "--images-per-shard",
        2,
    )
    assert "3 images" in made.stdout, made.stderr
    assert "3/3" in made.stderr  # the progress bar
    stored = PersonImages(
        data_root=tmp_path, shards="out", pipeline=[dict(type="LoadPersonImage")]
    )
    assert [int(stored[i]["img"][0, 0, 0]) for i in range(3)] == [0, 1, 2]
    assert len(list((tmp_path / "out").glob("*.tar"))) == 2

    again = run(root, "dataset_converters/make_shards.py", images, tmp_path / "out")
    assert again.returncode != 0
    assert "choose another name" in again.stderr
    os.truncate(tmp_path / "out" / "00001.tar", 600)
    bad = run(
        root,
        "analysis_tools/verify_images.py",
        tmp_path,
        "--shards",
        "out",
        "--workers",
        2,
    )
    assert bad.returncode == 1
    assert "00001.tar/2.png: " in bad.stdout
    assert "it was truncated or rewritten" in bad.stdout
    assert "1 of 3 images are unreadable" in bad.stdout
