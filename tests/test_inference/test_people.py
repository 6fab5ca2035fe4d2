import numpy as np
import pytest

from solider_mm.inference.feature_extractor import FeatureExtractor
from solider_mm.inference.media import MediaImage, Problems
from solider_mm.inference.people import add_people, crop_people

IMAGE = np.arange(60 * 90 * 3, dtype=np.uint32).astype(np.uint8).reshape(60, 90, 3)


def media(count=2):
    return iter([MediaImage(IMAGE, f"{n}.png", str(n)) for n in range(count)])


def test_boxes_for_every_image_are_cut_out():
    crops = list(crop_people(add_people(media(), [[10, 5, 30, 50]], None)))
    assert [crop.name for crop in crops] == ["0/0", "1/0"]
    assert crops[0].box == (10, 5, 30, 50)
    assert np.array_equal(crops[0].image, IMAGE[5:50, 10:30])


def test_one_table_per_image_and_fractions_are_widened():
    tables = [[], [[0.5, 1.2, 9.1, 20], [80, 50, 200, 100]]]
    crops = list(crop_people(add_people(media(), tables, None)))
    assert [crop.name for crop in crops] == ["1/0", "1/1"]
    assert [crop.box for crop in crops] == [(0, 1, 10, 20), (80, 50, 90, 60)]


def test_detector_finds_people():
    def detector(image):
        assert image is IMAGE
        return [{"boxes": np.array([[0, 0, 5, 5], [1, 1, 7, 8]], np.float32)}]

    assert [item.people.shape for item in add_people(media(1), None, detector)] == [
        (2, 4)
    ]


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        ([[30, 0, 10, 5]], "box is 30 0 10 5 in 0, an image of 90×60 pixels"),
        ([[95, 0, 99, 5]], "expected X1 < X2 and Y1 < Y2 inside the image"),
        ([[1, 2, 3]], r"boxes have shape \(1, 3\), expected"),
        ([[[0, 0, 5, 5]]], "boxes has 1 tables, but there are more images"),
    ],
)
def test_wrong_boxes(boxes, message):
    with pytest.raises(ValueError, match=message):
        list(add_people(media(), boxes, None))


def test_image_with_a_wrong_box_is_skipped_and_named():
    problems = Problems()
    tables = [[[95, 0, 99, 5]], [[0, 0, 5, 5]]]
    (item,) = add_people(media(), tables, None, problems)
    assert item.name == "1"
    assert "box is 95 0 99 5 in 0" in problems.messages[0]


def test_results_of_cut_people_have_their_box():
    extractor = FeatureExtractor(show_progress=False)
    boxes = [[10, 5, 30, 50], [40, 0, 60, 60]]
    found = extractor([IMAGE], 0.2, boxes=boxes)
    (alone,) = extractor([IMAGE[5:50, 10:30]], 0.2)
    assert [result["box"] for result in found] == [(10, 5, 30, 50), (40, 0, 60, 60)]
    assert found[0]["size"] == (45, 20)
    assert np.allclose(found[0]["feature"], alone["feature"], atol=1e-6)


def test_nobody_is_an_empty_answer(tmp_path):
    extractor = FeatureExtractor(show_progress=False)
    none = {"boxes": np.zeros((0, 4), np.float32)}
    out = tmp_path / "out"
    extractor([IMAGE], 0.2, out_dir=out)
    assert extractor([IMAGE], 0.2, detector=lambda _: [none], out_dir=out) == []
    assert (out / "features.jsonl").read_text() == ""  # not the rows of before
