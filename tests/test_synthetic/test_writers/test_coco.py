import json

import cv2
import numpy as np
import pytest
from PIL import Image

from solider_mm.synthetic import KEYPOINT_NAMES, render_scene, write_coco
from solider_mm.synthetic.writers.coco import DETECTIONS, _polygons

SIZE = (160, 200)
SPLITS = (("train", 3), ("val", 2))


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    return write_coco(
        tmp_path_factory.mktemp("c") / "synthetic",
        num_train=3,
        num_val=2,
        people_per_image=4,
        size=SIZE,
        show_progress=False,
    )


def load(rendered, split):
    path = rendered / "annotations" / f"person_keypoints_{split}2017.json"
    return json.loads(path.read_text())


@pytest.mark.parametrize(("split", "count"), SPLITS)
def test_images(rendered, split, count):
    content = load(rendered, split)
    assert len(content["images"]) == count
    for image in content["images"]:
        picture = Image.open(rendered / f"{split}2017" / image["file_name"])
        assert picture.size == (image["width"], image["height"]) == SIZE[::-1]
        assert image["file_name"] == f"{image['id']:012d}.jpg"


@pytest.mark.parametrize("split", ["train", "val"])
def test_annotations(rendered, split):
    content = load(rendered, split)
    assert content["categories"][0]["keypoints"] == list(KEYPOINT_NAMES)
    ids = [entry["id"] for entry in content["annotations"]]
    assert len(ids) == len(set(ids)) > 4
    known = {image["id"] for image in content["images"]}
    for entry in content["annotations"]:
        assert entry["image_id"] in known
        assert len(entry["keypoints"]) == 51
        visibility = entry["keypoints"][2::3]
        assert entry["num_keypoints"] == sum(value > 0 for value in visibility)
        x, y, w, h = entry["bbox"]
        assert 0 < entry["area"] <= w * h
        assert x >= 0
        assert x + w <= SIZE[1]
        assert y + h <= SIZE[0]


def test_annotations_are_the_scenes(rendered):
    scene = render_scene(0, SIZE, num_people=4, camera=0, min_height=SIZE[0] * 0.22)
    entries = [e for e in load(rendered, "train")["annotations"] if e["image_id"] == 1]
    assert len(entries) == len(scene["people"])
    for number, (entry, person) in enumerate(
        zip(entries, scene["people"], strict=True), start=1
    ):
        assert entry["area"] == (scene["instances"] == number).sum()
        points = np.array(entry["keypoints"]).reshape(17, 3)
        np.testing.assert_allclose(points, person["keypoints"], atol=0.006)


def test_polygons_cover_the_mask():
    mask = np.zeros((40, 40), dtype=bool)
    mask[5:20, 8:30] = True
    mask[33, 33] = True
    filled = np.zeros(mask.shape, dtype=np.uint8)
    polygons = _polygons(mask)
    assert len(polygons) == 2
    for polygon in polygons:
        assert len(polygon) >= 6
        points = np.array(polygon).reshape(-1, 1, 2).astype(np.int32)
        cv2.fillPoly(filled, [points], 1)
    assert (filled > 0)[mask].all()
    assert filled.sum() <= mask.sum() + 3


def test_detections_are_near_the_truth(rendered):
    found = json.loads((rendered / DETECTIONS).read_text())
    truth = load(rendered, "val")["annotations"]
    assert len(found) == len(truth)
    for box, entry in zip(found, truth, strict=True):
        assert box["image_id"] == entry["image_id"]
        assert 0.6 <= box["score"] <= 1
        assert abs(box["bbox"][0] - entry["bbox"][0]) <= 0.2 * entry["bbox"][2] + 1


def test_bad_counts(tmp_path):
    with pytest.raises(ValueError, match="people_per_image is 0: expected 1 or larger"):
        write_coco(tmp_path / "synthetic", people_per_image=0)
