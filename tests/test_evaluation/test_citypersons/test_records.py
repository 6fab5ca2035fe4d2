import numpy as np
import pytest

from solider_mm.evaluation.citypersons.records import read_detections, read_ground_truth


def box(**fields):
    return {"image_id": 1, "bbox": [1, 2, 3, 40], **fields}


def whole(*annotations, image_ids=(1, 2, 3)):
    return {"images": [{"id": i} for i in image_ids], "annotations": list(annotations)}


def test_missing_fields_get_defaults():
    truth = read_ground_truth(whole(box(), box(iscrowd=1), box(iscrowd=1, ignore=0)))
    assert truth.image_ids.tolist() == [1, 2, 3]
    assert truth.height.tolist() == [40, 40, 40]
    assert truth.visibility.tolist() == [1, 1, 1]
    assert truth.ignored.tolist() == [False, True, False]


def test_uses_given_fields():
    truth = read_ground_truth(whole(box(image_id=3, height=55, vis_ratio=0.5)))
    assert truth.image.tolist() == [2]
    assert (truth.height[0], truth.visibility[0]) == (55, 0.5)


def test_list_of_annotations_numbers_images_from_one():
    truth = read_ground_truth([box(image_id=2)], [box(image_id=5)])
    assert truth.image_ids.tolist() == [1, 2, 3, 4, 5]
    assert read_ground_truth([]).image_ids.tolist() == []


@pytest.mark.parametrize("ids", [(0, 1), (391895, 522418)])
def test_refuses_list_with_other_numbering(ids):
    with pytest.raises(ValueError, match="pass the whole JSON"):
        read_ground_truth([box(image_id=i) for i in ids])


def test_accepts_no_boxes():
    truth = read_ground_truth(whole())
    assert truth.boxes.shape == (0, 4)
    assert read_detections([], truth.image_ids).boxes.shape == (0, 4)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("bbox", None, r"annotation 1 has bbox = None, expected 4 finite numbers"),
        ("bbox", [1, 2, 3], r"bbox = \[1, 2, 3\], expected 4 finite numbers"),
        ("bbox", [1, 2, 3, float("nan")], "expected 4 finite numbers"),
        ("height", "tall", "height = 'tall', expected a finite number"),
        ("vis_ratio", None, "vis_ratio = None, expected a finite number"),
        ("image_id", 7, "annotation 1 refers to image 7, expected one of the 3 images"),
    ],
)
def test_error_names_invalid_annotation(field, value, words):
    with pytest.raises(ValueError, match=words):
        read_ground_truth(whole(box(), box(**{field: value})))


@pytest.mark.parametrize(
    ("detection", "words"),
    [
        (box(), "detection 0 has score = None"),
        (box(score=float("inf")), "score = inf"),
        (box(score=0.5, image_id=9), "refers to image 9"),
        ({"image_id": 1, "score": 0.5}, "bbox = None"),
    ],
)
def test_error_names_invalid_detection(detection, words):
    with pytest.raises(ValueError, match=words):
        read_detections([detection], np.array([1, 2, 3]))


def test_refuses_other_ground_truth_types():
    with pytest.raises(TypeError, match="ground_truth is str, expected the evaluation"):
        read_ground_truth("val_gt.json")
    with pytest.raises(ValueError, match="'annotations' is missing"):
        read_ground_truth({"images": []})
