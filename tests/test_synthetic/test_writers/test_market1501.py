import json
import re
from collections import defaultdict

import numpy as np
import pytest
from PIL import Image

from solider_mm.synthetic import load_truth, render_pedestrian, write_market1501

NAME = re.compile(r"(\d{4})_c(\d)s(\d)_(\d{6})_(\d{2})\.jpg")
COUNTS = {
    "num_identities": 4,
    "num_test_identities": 3,
    "num_distractors": 2,
    "shots_per_camera": 2,
    "num_cameras": 4,
    "size": (64, 32),
    "show_progress": False,
}
FOLDERS = ("bounding_box_train", "query", "bounding_box_test")


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    return write_market1501(tmp_path_factory.mktemp("m") / "synthetic", **COUNTS)


def listing(folder):
    found = defaultdict(set)
    for path in folder.iterdir():
        person, camera, *_ = NAME.fullmatch(path.name).groups()
        found[int(person)].add(int(camera))
    return found


def test_splits(rendered):
    train, query, gallery = (listing(rendered / name) for name in FOLDERS)
    assert set(train) == {1, 2, 3, 4}
    assert set(query) == {5, 6, 7}
    assert set(gallery) == {0, 5, 6, 7}
    assert all(len(cameras) >= 2 for cameras in train.values())
    for person, cameras in query.items():
        assert gallery[person] == cameras
        assert len(cameras) >= 2


def test_one_query_per_person_and_camera(rendered):
    names = [path.name[:7] for path in (rendered / "query").iterdir()]
    assert len(names) == len(set(names))
    assert len(list((rendered / "bounding_box_test").glob("0000_*"))) == 2


def test_images_and_ground_truth_match(rendered):
    for name in FOLDERS:
        for path in (rendered / name).iterdir():
            truth = load_truth(rendered / "truth" / name / f"{path.stem}.npz")
            person, camera = (
                int(part) for part in NAME.fullmatch(path.name).groups()[:2]
            )
            assert truth["camera"] == camera - 1
            assert person in (0, truth["identity"] + 1)
            image = np.asarray(Image.open(path))
            assert image.shape == (64, 32, 3)
            assert truth["parts"].shape == (64, 32)


def test_truth_round_trips(rendered):
    path = sorted((rendered / "truth" / "bounding_box_train").iterdir())[0]
    stored = load_truth(path)
    shot = int(path.stem[-2:])
    crop = render_pedestrian(stored["identity"], stored["camera"], shot, (64, 32))
    for name in ("parts", "coarse_parts", "foreground", "carried", "keypoints"):
        np.testing.assert_array_equal(stored[name], crop[name])
    assert stored["attributes"] == crop["attributes"]
    assert stored["visible_fraction"] == pytest.approx(crop["visible_fraction"])
    image = np.asarray(Image.open(rendered / "bounding_box_train" / f"{path.stem}.jpg"))
    assert np.abs(image.astype(int) - crop["image"]).mean() < 4


def test_second_call_renders_nothing(rendered):
    before = {path: path.stat().st_mtime_ns for path in rendered.rglob("*")}
    assert write_market1501(rendered, **COUNTS) == rendered
    assert {path: path.stat().st_mtime_ns for path in rendered.rglob("*")} == before
    with pytest.raises(FileExistsError, match="choose another folder"):
        write_market1501(rendered, **COUNTS, seed=1)


@pytest.mark.slow
def test_workers_and_truth_do_not_change_the_pictures(rendered, tmp_path):
    other = write_market1501(tmp_path / "o", **COUNTS, workers=2, truth=False)
    assert not (other / "truth").exists()
    for path in rendered.glob("*/*.jpg"):
        twin = other / path.parent.name / path.name
        assert twin.read_bytes() == path.read_bytes()


def test_background_is_rendered_and_noted(tmp_path):
    out = write_market1501(tmp_path / "c", **COUNTS, background="noise", truth=False)
    assert json.loads((out / "synthetic.json").read_text())["background"] == "noise"
    path = next((out / "bounding_box_train").iterdir())
    with Image.open(path) as image:
        assert np.asarray(image)[:8].std() > 20
    with pytest.raises(FileExistsError, match="other settings"):
        write_market1501(out, **COUNTS, truth=False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_cameras": 1}, "num_cameras must be in 2…9, got 1"),
        ({"num_cameras": 10}, "num_cameras must be in 2…9, got 10"),
        ({"num_identities": 0}, "num_identities is 0: expected 1 or larger"),
        ({"num_distractors": -1}, "0 or larger"),
    ],
)
def test_bad_counts(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        write_market1501(tmp_path / "synthetic", **{**COUNTS, **changes})
    assert list(tmp_path.iterdir()) == []


def test_missing_truth(tmp_path):
    with pytest.raises(FileNotFoundError, match="truth=True"):
        load_truth(tmp_path / "none.npz")
