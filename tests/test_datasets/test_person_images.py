"""All sources give the same samples; broken images are skipped and named."""

import pickle
import random
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from solider_mm.datasets import (
    PersonImages,
    ResumableSampler,
    SeededIndex,
    write_lmdb,
    write_shards,
)
from solider_mm.registry import DATASETS

LOADER = dict(type="LoadPersonImage")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLIDER_MM_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What goes to the log."""
    messages: list[str] = []

    def note(message: str, **_: object) -> None:
        messages.append(message)

    monkeypatch.setattr("solider_mm.datasets.person_images.print_log", note)
    return messages


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Eight crops of one color each, in two folders."""
    for i in range(8):
        file = tmp_path / "data" / f"camera{i % 2}" / f"{i:04}_c{i % 2 + 1}s1_0_0.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 8), (0, 0, 10 * i)).save(file)
    return tmp_path / "data"


def add_noise(results: dict[str, Any]) -> dict[str, Any]:
    results["drawn"] = (
        random.random(),
        float(np.random.rand()),  # noqa: NPY002
        float(torch.rand(())),
    )
    return results


def blues(images: PersonImages) -> list[int]:
    return [int(images[i]["img"][0, 0, 0]) for i in range(len(images))]


def damage(root: Path, *numbers: int) -> None:
    for number in numbers:
        (file,) = root.glob(f"*/{number:04}*")
        file.write_bytes(b"damaged")


def test_built_from_config_by_both_names(root) -> None:
    for name in ("PersonImages", "solider_mm.PersonImages"):
        images = DATASETS.build(
            dict(type=name, data_root=str(root), pipeline=[LOADER], metainfo=dict(a=1))
        )
        assert isinstance(images, PersonImages)
        assert images.metainfo == {"a": 1}
    assert blues(images) == [0, 20, 40, 60, 10, 30, 50, 70]
    assert images[3]["sample_idx"] == 3
    assert images[3]["img_path"] == str(root / "camera0" / "0006_c1s1_0_0.png")


def test_list_and_lmdb_equal_the_folder(root) -> None:
    folder = PersonImages(data_root=root, pipeline=[LOADER])
    names = folder.source.names
    write_lmdb(
        ((names[i], Path(folder.img_path(i))) for i in range(8)), root / "out.lmdb"
    )
    lines = "\n".join(name.decode() for name in names)
    (root / "list.txt").write_text(lines)
    listed = PersonImages(data_root=root, pipeline=[LOADER], list_file="list.txt")
    stored = PersonImages(data_root=root, pipeline=[LOADER], lmdb="out.lmdb")
    assert blues(folder) == blues(listed) == blues(stored)
    assert stored.img_path(0) == "camera0/0000_c1s1_0_0.png"
    loaded = DataLoader(stored, num_workers=1, collate_fn=lambda batch: batch[0])
    assert [int(sample["img"][0, 0, 0]) for sample in loaded] == blues(folder)


def test_shards_equal_the_folder(root, tmp_path) -> None:
    folder = PersonImages(data_root=root, pipeline=[LOADER])
    write_shards(folder.source.files(), tmp_path / "lup", images_per_shard=3)
    for shards in ("lup", "lup/{00000..00002}.tar", str(tmp_path / "lup")):
        stored = PersonImages(data_root=tmp_path, pipeline=[LOADER], shards=shards)
        assert blues(stored) == blues(folder)
    assert stored.img_path(3) == "00001.tar/camera0/0006_c1s1_0_0.png"
    loaded = DataLoader(stored, num_workers=1, collate_fn=lambda batch: batch[0])
    assert [int(sample["img"][0, 0, 0]) for sample in loaded] == blues(folder)
    assert blues(pickle.loads(pickle.dumps(stored))) == blues(folder)


def test_shards_behind_a_url(root, tmp_path, server) -> None:
    folder = PersonImages(data_root=root, pipeline=[LOADER])
    write_shards(folder.source.files(), tmp_path / "served" / "lup", images_per_shard=3)
    images = PersonImages(
        data_root="none",
        pipeline=[LOADER],
        shards=f"{server.url}/lup",
        shard_cache=tmp_path / "kept",
    )
    loaded = DataLoader(images, num_workers=2, collate_fn=lambda batch: batch[0])
    assert [int(sample["img"][0, 0, 0]) for sample in loaded] == blues(folder)
    assert sorted(server.asked) == [*(f"{i:05}.tar" for i in range(3)), "shards.index"]
    assert len(list((tmp_path / "kept").glob("*.fetched"))) == 4


def test_shard_starts(root, tmp_path) -> None:
    folder = PersonImages(data_root=root)
    write_shards(folder.source.files(), tmp_path / "lup", images_per_shard=3)
    assert folder.shard_starts is None
    for count in range(1, 9):
        images = PersonImages(data_root=tmp_path, shards="lup", max_images=count)
        starts = images.shard_starts
        assert (starts[0], starts[-1], len(starts)) == (0, count, 4)
        for shard in range(3):
            inside = range(int(starts[shard]), int(starts[shard + 1]))
            assert all(images.img_path(i)[:5] == f"{shard:05}" for i in inside)


def test_lost_shard_is_passed_over_and_named(root, tmp_path, said) -> None:
    folder = PersonImages(data_root=root, pipeline=[LOADER])
    write_shards(folder.source.files(), tmp_path / "lup", images_per_shard=3)
    (tmp_path / "lup" / "00001.tar").unlink()
    images = PersonImages(data_root=tmp_path, pipeline=[LOADER], shards="lup")
    assert blues(images) == [0, 20, 40, 50, 50, 50, 50, 70]
    named = [line for line in said if line.startswith("Unreadable image 00001.tar/")]
    assert len(named) == 3
    assert "shard '00001.tar' of" in named[0]


def test_fewer_images_are_spread(root) -> None:
    assert blues(PersonImages(data_root=root, pipeline=[LOADER], max_images=3)) == [
        0,
        40,
        30,
    ]
    assert len(PersonImages(data_root=root, max_images=99)) == 8


def test_pattern_and_junk(root) -> None:
    for name in ("-1_c1s1_0_0.png", "0000_c1s1_0_1.png"):
        folder = root / "bounding_box_train"
        folder.mkdir(exist_ok=True)
        Image.new("RGB", (4, 8)).save(folder / name)
    market = dict(data_root=root, layout="market1501")
    assert len(PersonImages(**market)) == 1
    assert len(PersonImages(**market, keep_junk=True)) == 2
    assert len(PersonImages(data_root=root, pattern=".*_c2.*")) == 4


def test_draws_depend_on_the_seed_alone(root) -> None:
    images = PersonImages(data_root=root, pipeline=[LOADER, add_noise])
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = images[SeededIndex(2, 77)]["drawn"]
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(3)
    assert images[SeededIndex(2, 77)]["drawn"] == first
    assert images[SeededIndex(2, 78)]["drawn"] != first
    assert images[2]["drawn"] != images[2]["drawn"]


def test_draws_do_not_depend_on_workers(root) -> None:
    images = PersonImages(data_root=root, pipeline=[LOADER, add_noise])
    runs = [
        [
            (sample["sample_idx"], sample["drawn"])
            for sample in DataLoader(
                images,
                sampler=ResumableSampler(images, seed=3),
                num_workers=workers,
                collate_fn=lambda batch: batch[0],
            )
        ]
        for workers in (0, 1, 2)
    ]
    assert runs[0] == runs[1] == runs[2]
    assert len({drawn for _, drawn in runs[0]}) == 8


def test_broken_images_are_replaced_named_and_counted(root, said) -> None:
    damage(root, 2, 4, 7)
    images = PersonImages(data_root=root, pipeline=[LOADER, add_noise])
    assert blues(images) == [0, 60, 60, 60, 10, 30, 50, 0]
    assert images.num_unreadable == 3
    assert [Path(path).name[:4] for path in images.unreadable] == [
        "0002",
        "0004",
        "0007",
    ]
    named = [line for line in said if line.startswith("Unreadable image")]
    assert len(named) == 3
    assert "0002" in named[0]
    assert all("not decodable" in line for line in named)
    # The replacement is drawn with the seed of the one asked for.
    assert images[SeededIndex(1, 5)]["drawn"] == images[SeededIndex(3, 5)]["drawn"]


def test_what_workers_find_is_counted_here(root) -> None:
    damage(root, 2, 4)
    images = PersonImages(data_root=root, pipeline=[LOADER])
    list(DataLoader(images, num_workers=2, collate_fn=lambda batch: batch[0]))
    assert images.num_unreadable == 2


def test_naming_stops_counting_goes_on(root, said, monkeypatch) -> None:
    monkeypatch.setattr("solider_mm.datasets.person_images._MAX_NAMED", 2)
    damage(root, 0, 2, 4, 6)
    images = PersonImages(data_root=root, pipeline=[LOADER])
    blues(images)
    assert images.num_unreadable == 4
    assert sum(line.startswith("Unreadable") for line in said) == 2
    assert "verify_images.py" in said[-1]


def test_nothing_readable_is_an_error(root) -> None:
    damage(root, *range(8))
    images = PersonImages(data_root=root, pipeline=[LOADER])
    with pytest.raises(RuntimeError, match="8 images in a row cannot be read"):
        images[3]


def test_errors_of_other_transforms_are_not_hidden(root) -> None:
    def fail(results: dict[str, Any]) -> dict[str, Any]:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        PersonImages(data_root=root, pipeline=[LOADER, fail])[0]


def test_pickles_for_spawned_workers(root) -> None:
    images = PersonImages(data_root=root, pipeline=[LOADER])
    assert blues(pickle.loads(pickle.dumps(images))) == blues(images)


@pytest.mark.parametrize("index", [-1, 8])
def test_wrong_index(root, index) -> None:
    with pytest.raises(IndexError, match="expected 0 to 7"):
        PersonImages(data_root=root)[index]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (dict(data_root="/no/where"), FileNotFoundError, "'/no/where' does not exist"),
        (dict(data_root="/no/where"), FileNotFoundError, "SOLIDER_MM_DATA"),
        (dict(layout="ccp"), FileNotFoundError, "expected one of the folders"),
        (dict(layout="duke"), ValueError, "'duke' is unknown: expected one of"),
        (dict(subset="val"), ValueError, "'val' is unknown"),
        (dict(pattern="("), ValueError, "is not a regular expression"),
        (dict(pattern="x"), ValueError, "contains no image named like 'x'.*SOLIDER_MM"),
        (dict(list_file="l"), FileNotFoundError, "l' does not exist: expected a text"),
        (dict(lmdb="l"), FileNotFoundError, "l' does not exist: expected a folder"),
        (dict(lmdb="camera0"), ValueError, "is not an LMDB of images"),
        (dict(lmdb="a", list_file="b"), ValueError, "'b' and lmdb='a' are given tog"),
        (dict(lmdb="a", shards="b"), ValueError, "lmdb='a' and shards='b' are given"),
        (dict(shards="s"), FileNotFoundError, "s' does not exist: expected a folder"),
        (dict(shards="camera0"), FileNotFoundError, "has neither shards.index nor"),
        (dict(shards="{0..1}.tar"), FileNotFoundError, "0.tar' does not exist"),
        (dict(max_images=0), ValueError, "max_images=0: expected at least 1"),
    ],
)
def test_wrong_options(root, options, error, message) -> None:
    with pytest.raises(error, match=message):
        PersonImages(**{"data_root": root, **options})


def test_empty_folder_and_list(tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"contains no image: expected \.jpg"):
        PersonImages(data_root=tmp_path / "empty")
    (tmp_path / "empty" / "list").touch()
    with pytest.raises(ValueError, match="is empty: expected one image path"):
        PersonImages(data_root=tmp_path / "empty", list_file="list")


def test_shards_without_images(tmp_path) -> None:
    with tarfile.open(tmp_path / "0.tar", "w") as tar:
        tar.add(__file__, "a.json")
    with pytest.raises(ValueError, match="contain no image: expected members named"):
        PersonImages(data_root=tmp_path, shards="0.tar")


@pytest.mark.parametrize(
    ("layout", "subset", "count"),
    [
        ("market1501", "train", 7770),
        ("market1501", "query", 635),
        ("market1501", "test", 1968),
        ("lspet", None, 2000),
        ("ccp", None, 1400),
    ],
)
def test_real_data_sets(shared, layout, subset, count) -> None:
    images = PersonImages(
        data_root=shared / "data", layout=layout, subset=subset, pipeline=[LOADER]
    )
    assert len(images) == count
    assert images[0]["img"].ndim == 3
