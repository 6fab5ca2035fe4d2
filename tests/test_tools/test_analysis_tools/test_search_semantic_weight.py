"""The λ search on a planted metric, and on a real task in small."""

import json

import pytest

from tools.analysis_tools import search_semantic_weight as tool

REID = "configs/reid/reid_solider-swin-nano_1xb64-bf16-adamw-15e_synthetic-64x32.py"


@pytest.fixture
def planted(monkeypatch):
    """A task whose mAP is best at λ = 0.3; every evaluation is noted."""
    calls = []

    def evaluate(args, folder, weight, seed):
        calls.append((weight, seed))
        return {"reid/mAP": 50 - 40 * (weight - 0.3) ** 2 + seed, "reid/R1": weight}

    monkeypatch.setattr(tool, "evaluator", lambda args, folder: evaluate)
    monkeypatch.setattr(tool, "train_and_test", evaluate)
    return calls


def search(root, tmp_path, *options):
    words = [str(root / REID), "--work-dir", str(tmp_path), *options]
    return tool.main([*words, "--json", str(tmp_path / "search.json")])


def test_finds_the_optimum_and_prints_the_line(root, tmp_path, planted, capsys):
    plot = str(tmp_path / "search.png")
    assert search(root, tmp_path, "--checkpoint", "a.pth", "--plot", plot) == 0
    content = json.loads((tmp_path / "search.json").read_text())
    assert content["metric"] == "reid/mAP"  # the config keeps the best of it
    assert content["best"] == pytest.approx(0.3, abs=0.02)
    line = f"semantic_weight = {content['best']:g}"
    assert line in capsys.readouterr().out.splitlines()
    assert (tmp_path / "search.png").stat().st_size > 1000


def test_goes_on_where_it_was_killed(root, tmp_path, planted, monkeypatch):
    whole = tool.evaluator(None, None)

    def killed(args, folder, weight, seed):
        if len(planted) == 3:
            raise KeyboardInterrupt
        return whole(args, folder, weight, seed)

    monkeypatch.setattr(tool, "evaluator", lambda args, folder: killed)
    with pytest.raises(KeyboardInterrupt):
        search(root, tmp_path, "--checkpoint", "a.pth")
    monkeypatch.setattr(tool, "evaluator", lambda args, folder: whole)
    search(root, tmp_path, "--checkpoint", "a.pth")
    assert len(planted) == len(set(planted)) > 6
    search(root, tmp_path, "--checkpoint", "a.pth")
    assert len(planted) == len(set(planted))  # all finished: nothing is repeated


def test_warns_when_lambda_changes_nothing(
    root, tmp_path, planted, monkeypatch, capsys
):
    def evaluate(args, folder, weight, seed):
        return {"reid/mAP": 50.0}

    monkeypatch.setattr(tool, "evaluator", lambda args, folder: evaluate)
    search(root, tmp_path, "--checkpoint", "a.pth", "--refine", "0")
    assert "λ hardly matters for this model" in capsys.readouterr().out
    content = json.loads((tmp_path / "search.json").read_text())
    assert content["warning"].startswith("All values lie within 0.0000")


def test_checks_the_whole_grid_before_it_evaluates(root, tmp_path, planted):
    with pytest.raises(SystemExit):
        search(root, tmp_path, "--checkpoint", "a.pth", "--grid", "0", "2")
    assert not planted


def test_training_averages_over_seeds(root, tmp_path, planted):
    options = [
        "--train",
        "--seeds",
        "0",
        "2",
        "--refine",
        "0",
        "--grid",
        "0",
        "0.3",
        "1",
    ]
    search(root, tmp_path, *options)
    assert planted == [(w, s) for w in (0, 0.3, 1) for s in (0, 2)]
    results = json.loads((tmp_path / "search.json").read_text())["results"]
    assert results[1] == {"semantic_weight": 0.3, "value": 51}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--grid 0 2", "semantic_weight=2.0 is outside"),
        ("--metric mIoU", "the metric 'mIoU' was not measured"),
    ],
)
def test_bad_input_gets_one_sentence(root, tmp_path, planted, options, message, capsys):
    with pytest.raises(SystemExit):
        search(root, tmp_path, "--checkpoint", "a.pth", *options.split())
    assert message in capsys.readouterr().err


def test_refuses_values_of_another_checkpoint(root, tmp_path, planted, capsys):
    search(root, tmp_path, "--checkpoint", "a.pth", "--refine", "0")
    with pytest.raises(SystemExit):
        search(root, tmp_path, "--checkpoint", "b.pth")
    assert "was written for 'a.pth" in capsys.readouterr().err


def test_sets_the_weight_of_every_module_that_has_one(root, tmp_path):
    args = tool.parse_args([str(root / REID), "--checkpoint", "a.pth"])
    cfg = tool.load_task(args, 0.7, tmp_path, seed=3)
    assert cfg.model.backbone.semantic_weight == 0.7
    assert cfg.randomness.seed == 3
    model = {
        "backbone": {"type": "SOLIDERSwin"},
        "a": {"b": {"type": "x.SwinRoIStage"}},
    }
    assert tool.backbone_keys(model, "model") == ["model.backbone", "model.a.b"]


@pytest.mark.host("mmseg")
def test_parsing_is_judged_by_miou(root):
    config = (
        "configs/human_parsing/ce2p_solider-swin-nano_1xb16-12e_synthetic-128x88.py"
    )
    pytest.importorskip("mmseg")
    args = tool.parse_args([str(root / config), "--checkpoint", "a.pth"])
    measured = {"aAcc": 90.0, "mIoU": 40.0, "mAcc": 50.0}
    assert tool.default_metric(args, measured) == "mIoU"
