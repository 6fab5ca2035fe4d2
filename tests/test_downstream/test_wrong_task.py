"""Weights of another task are refused before anything is answered."""

import pytest

from solider_mm import apis
from solider_mm.model_index import list_models


def published(task):
    (name,) = list_models(task, with_weights=True)
    return name


@pytest.mark.parametrize(
    ("kind", "task"),
    [
        ("AttributeInferencer", "reid"),
        ("ReIDInferencer", "attribute"),
        pytest.param(
            "PersonSearchInferencer",
            "pedestrian_detection",
            marks=pytest.mark.host("mmdet"),
        ),
        pytest.param("HumanParsingInferencer", "reid", marks=pytest.mark.host("mmseg")),
        pytest.param("HumanPoseInferencer", "reid", marks=pytest.mark.host("mmpose")),
        pytest.param(
            "PedestrianDetectionInferencer", "reid", marks=pytest.mark.host("mmdet")
        ),
    ],
)
def test_refuses_models_of_other_tasks(kind, task):
    inferencer = getattr(apis, kind)
    with pytest.raises(ValueError, match=f"does not answer for {inferencer.task}: giv"):
        inferencer(published(task))
