import json
import os
import pickle
from unittest.mock import patch

import pytest
from PIL import Image

pytestmark = pytest.mark.host("mmpose")
pytest.importorskip("mmpose")

from mmpose.registry import DATASETS  # noqa: E402

from solider_mm.downstream.human_pose import checked_datasets  # noqa: E402

IMAGE = {"id": 7, "file_name": "a.jpg", "height": 50, "width": 40}


def person(number, *, labeled=17, box=(5, 5, 20, 30), **more):
    flags = [2] * labeled + [0] * (17 - labeled)
    points = [value for flag in flags for value in ((9, 9, 2) if flag else (0, 0, 0))]
    return {
        "id": number,
        "image_id": 7,
        "category_id": 1,
        "bbox": list(box),
        "keypoints": points,
        "num_keypoints": labeled,
        "iscrowd": 0,
        "area": 300,
        **more,
    }


def content(*persons):
    category = {"id": 1, "name": "person"}
    return {"images": [IMAGE], "annotations": list(persons), "categories": [category]}


@pytest.fixture
def build(tmp_path):
    def with_content(annotations, **kwargs):
        text = annotations if isinstance(annotations, str) else json.dumps(annotations)
        (tmp_path / "a.json").write_text(text, encoding="utf-8")
        return DATASETS.build(
            dict(
                type="solider_mm.CheckedCocoPose",
                ann_file=str(tmp_path / "a.json"),
                data_prefix=dict(img=str(tmp_path)),
                pipeline=[],
                **kwargs,
            )
        )

    return with_content


def test_keeps_only_persons_with_joint_and_box(build):
    dataset = build(
        content(
            person(1),
            person(2, labeled=0),
            person(3, box=(5, 5, 0, 30)),
            person(4, iscrowd=1),
            person(5, labeled=1),
        )
    )
    assert [dataset.get_data_info(i)["id"] for i in range(len(dataset))] == [1, 5]


def test_box_is_clipped_to_the_image(build):
    dataset = build(content(person(1, box=(-10, 20, 100, 100))))
    assert dataset.get_data_info(0)["bbox"].tolist() == [[0, 20, 39, 49]]


@pytest.mark.parametrize(
    "annotations",
    [content(), content(person(1, labeled=0)), {"images": []}, {}],
    ids=["no annotations", "no labeled joints", "no images", "empty object"],
)
def test_refuses_file_without_usable_person(build, annotations):
    with pytest.raises(ValueError, match=r"a\.json"):
        build(annotations)


@pytest.mark.parametrize("text", ["", "[]", '{"images": ['])
def test_refuses_other_files(build, text):
    with pytest.raises(ValueError, match=r"a\.json cannot be read as COCO keypoints"):
        build(text)


def test_error_names_missing_file(build, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"bbox_file .*boxes\.json is missing"):
        build(content(person(1)), bbox_file=f"{tmp_path}/boxes.json", test_mode=True)
    with pytest.raises(FileNotFoundError, match=r"ann_file .*nothing\.json is missing"):
        DATASETS.build(
            dict(type="solider_mm.CheckedCocoPose", ann_file=f"{tmp_path}/nothing.json")
        )


def test_refuses_empty_detections(build, tmp_path):
    (tmp_path / "boxes.json").write_text("[]")
    with pytest.raises(ValueError, match=r"a\.json with .*boxes\.json"):
        build(content(person(1)), bbox_file=f"{tmp_path}/boxes.json", test_mode=True)


def without_area(entry):
    return {key: value for key, value in entry.items() if key != "area"}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (person(3, box=(5, 5, 20)), r"a\.json, annotation 3 has bbox \[5, 5, 20\]"),
        (
            person(3, keypoints=[9, 9, 2] * 15),
            "has 45 values in keypoints, expected 51",
        ),
        (person(3, keypoints=[float("nan")] * 51), "expected 51 finite numbers"),
    ],
)
def test_refuses_unusable_annotation(build, entry, message):
    with pytest.raises(ValueError, match=message):
        build(content(person(1), entry))


def test_refuses_duplicate_annotation_ids(build):
    persons = [person(1), person(2), person(1)]
    with pytest.raises(ValueError, match=r"3 annotations with 2 different ids.* is 1"):
        build(content(*persons))


def test_evaluation_needs_areas(build):
    entry = without_area(person(3))
    assert len(build(content(entry))) == 1
    with pytest.raises(ValueError, match="annotation 3 has no area"):
        build(content(entry), test_mode=True)


def test_warns_about_sizes_before_the_exif_rotation(build, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # shown rotated by 90°
    Image.new("RGB", (40, 50)).save(tmp_path / "a.jpg", exif=exif)
    with patch(f"{checked_datasets.__name__}.print_log") as log:
        build(content(person(1)))
    messages = [call.args[0] for call in log.call_args_list]
    assert any("size before the EXIF rotation" in message for message in messages)


class Harmful:
    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.mkdir, (str(self.target),)


@pytest.mark.parametrize("name", ["boxes.pkl", "boxes.json.pickle", "boxes"])
def test_detections_that_could_run_code_are_refused(build, tmp_path, name):
    path, target = tmp_path / name, tmp_path / "made"
    path.write_bytes(pickle.dumps([Harmful(target)]))
    with pytest.raises(ValueError, match=rf"{name} is not a \.json file"):
        build(content(person(1)), bbox_file=str(path), test_mode=True)
    assert not target.exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_other_encodings_are_named(build, tmp_path, encoding):
    text = json.dumps(content(person(1, note="é")), ensure_ascii=False)
    build(content(person(1)))
    (tmp_path / "a.json").write_bytes(text.encode(encoding))
    with (
        patch("pathlib.Path.write_text"),
        pytest.raises(ValueError, match=r"a\.json cannot be read .* in UTF-8: write"),
    ):
        build("unused")


def test_deep_nesting_is_named(build):
    with pytest.raises(ValueError, match=r"a\.json cannot be read .*RecursionError"):
        build('{"images": ' + "[" * 100_000)
