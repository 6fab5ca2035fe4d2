import json

import pytest
import torch

from solider_mm.evaluation.citypersons import CityPersonsMetric
from solider_mm.evaluation.citypersons.coco_people import people_only

IMAGE = dict(id=1, file_name="a.png", height=200, width=200)
PERSON = dict(id=1, image_id=1, category_id=1, bbox=[20, 20, 40, 100])
CAR = dict(id=2, image_id=1, category_id=3, bbox=[100, 100, 80, 60])


def content(*annotations, names=("person", "car"), ids=(1, 3)):
    categories = [
        dict(id=number, name=name) for number, name in zip(ids, names, strict=True)
    ]
    return dict(images=[IMAGE], annotations=list(annotations), categories=categories)


def test_keeps_people_only():
    assert people_only(content(PERSON, CAR), "a.json")["annotations"] == [PERSON]


@pytest.mark.parametrize("names", [("Pedestrian", "car"), ("person", "car")])
def test_finds_the_category_by_name_and_renumbers_it(names):
    file = content({**PERSON, "category_id": 0}, CAR, names=names, ids=(0, 3))
    assert people_only(file, "a.json")["annotations"] == [PERSON]


def test_single_category_needs_no_known_name():
    file = content({**PERSON, "category_id": 7}, names=("human",), ids=(7,))
    assert people_only(file, "a.json")["annotations"] == [PERSON]


def test_file_without_categories_uses_category_one():
    file = dict(images=[IMAGE], annotations=[PERSON, CAR])
    assert people_only(file, "a.json")["annotations"] == [PERSON]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (content(PERSON, names=("human", "car")), r"\['car', 'human'\], expected one"),
        (content(CAR), "1 annotations, but none of category 1"),
        (content({**PERSON, "bbox": [1, 2, 3]}), r"annotation 1 has bbox \[1, 2, 3\]"),
        (content({**PERSON, "bbox": [1, 2, 3, float("nan")]}), "four finite numbers"),
        (content(dict(id=4, category_id=1, bbox=[1, 2, 3, 4])), "4 has no image_id"),
        (dict(images=[IMAGE] * 2, annotations=[]), "1 image ids more than once"),
    ],
)
def test_refuses_unusable_file(file, message):
    with pytest.raises(ValueError, match=message):
        people_only(file, "a.json")


def test_perfect_person_detector_beside_a_car_misses_nobody(tmp_path):
    path = tmp_path / "val.json"
    path.write_text(json.dumps(content(PERSON, CAR)), encoding="utf-8")
    metric = CityPersonsMetric(ann_file=str(path))
    found = dict(
        bboxes=torch.tensor([[20.0, 20, 60, 120]]),
        scores=torch.tensor([0.9]),
        labels=torch.tensor([0]),
    )
    metric.process({}, [dict(img_id=1, pred_instances=found)])
    result = metric.evaluate(1)
    assert result["citypersons/MR_Reasonable"] == 0
    assert result["citypersons/AP50"] == pytest.approx(100)
