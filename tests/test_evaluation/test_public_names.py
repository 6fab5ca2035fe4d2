"""The public names of the evaluation package."""

import importlib

import pytest


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("reid", ["ReIDMetric", "evaluate_ranking", "k_reciprocal_rerank"]),
        ("attribute", ["PedestrianAttributeMetric", "attribute_scores"]),
        ("citypersons", ["CityPersonsMetric", "ap50", "miss_rate"]),
        ("person_search", ["PersonSearchMetric"]),
        ("semantic_parts", ["foreground_iou", "part_nmi"]),
    ],
)
def test_names_are_exported_and_documented(module: str, names: list[str]) -> None:
    package = importlib.import_module(f"solider_mm.evaluation.{module}")
    top = importlib.import_module("solider_mm.evaluation")
    for name in names:
        assert name in package.__all__
        assert getattr(package, name) is getattr(top, name)
        assert getattr(package, name).__doc__
