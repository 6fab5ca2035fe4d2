"""The probe at many λ, timed."""

import pytest

from benchmarks import semantic_weights


def test_prints_one_row(capsys):
    command = "--weights 3 --identities 12 --repeats 2"
    assert semantic_weights.main(command.split()) == 0
    (row,) = (
        line for line in capsys.readouterr().out.splitlines() if line.startswith("3 ")
    )
    assert row.split()[:2] == ["3", "12"]


@pytest.mark.parametrize("name", ["probe_at_once", "probe_one_by_one"])
def test_both_sides_ask_for_every_weight(monkeypatch, name):
    asked = []
    monkeypatch.setattr(semantic_weights, "render", lambda identities: identities)
    monkeypatch.setattr(
        semantic_weights,
        "probe_semantic_weight",
        lambda backbone, people, weights: asked.extend(weights),
    )
    getattr(semantic_weights, name)(None, 12, 3)(0)
    assert asked == [0.0, 0.5, 1.0]
