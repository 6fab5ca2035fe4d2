import json

import numpy as np
import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.registry import METRICS

from solider_mm.evaluation.attribute.metric import (
    PedestrianAttributeMetric,
    attribute_scores,
)

GOLDEN_NAMES = {
    "ma": "mA",
    "instance_acc": "accuracy",
    "instance_prec": "precision",
    "instance_recall": "recall",
    "instance_f1": "f1",
    "label_ma": "label_mA",
    "label_pos_recall": "label_positive_recall",
    "label_neg_recall": "label_negative_recall",
    "label_prec": "label_precision",
    "label_acc": "label_accuracy",
    "label_f1": "label_f1",
    "error_num": "label_errors",
    "fn_num": "label_false_negatives",
    "fp_num": "label_false_positives",
}
TRUTH = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0]])
FOUND = np.array([[1, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 0]])


@pytest.mark.parametrize("case", ["", "thr045_", "index_", "unknown_"])
def test_matches_official_scores(golden_dir, case):
    golden = np.load(golden_dir / "attribute_metrics.npz")
    labels, probabilities = golden["gt"], golden["probs"]
    if case == "unknown_":
        labels = golden["gt_unknown"]
    if case == "index_":
        columns = golden["index"]
        labels, probabilities = labels[:, columns], probabilities[:, columns]
    scores = attribute_scores(labels, probabilities, 0.45 if case == "thr045_" else 0.5)
    for theirs, ours in GOLDEN_NAMES.items():
        np.testing.assert_allclose(
            scores[ours], golden[case + theirs], rtol=1e-6, atol=1e-12, err_msg=ours
        )


def test_scores_of_hand_computed_example():
    """Four images, three attributes; the third has no positives."""
    scores = attribute_scores(TRUTH, FOUND)
    # recall+ 1/2, 2/2, 0 (no positive); recall- 2/2, 1/2, 3/4
    np.testing.assert_allclose(scores["label_mA"], [3 / 4, 3 / 4, 3 / 8])
    assert scores["mA"] == pytest.approx(5 / 8)
    # images: ∩/∪ = 1/2, 1/2, 1/2, 0; ∩/found = 1/2, 1, 1/2, 0; ∩/truth = 1, 1/2, 1, 0
    assert scores["accuracy"] == pytest.approx(3 / 8)
    assert scores["precision"] == pytest.approx(4 / 8)
    assert scores["recall"] == pytest.approx(5 / 8)
    assert scores["f1"] == pytest.approx(2 * 0.5 * 0.625 / 1.125)
    np.testing.assert_array_equal(scores["label_positives"], [2, 2, 0])
    np.testing.assert_array_equal(scores["label_errors"], [1, 1, 1])


def test_threshold_is_strict():
    at_the_threshold = np.full((1, 1), 0.5, np.float32)
    assert attribute_scores([[1]], at_the_threshold)["recall"] == 0
    assert attribute_scores([[1]], at_the_threshold, 0.45)["recall"] == 1


def test_unknown_label_counts_only_if_predicted():
    unknown = attribute_scores([[1, -1]], [[0.9, 0.9]])
    assert unknown["precision"] == pytest.approx(1 / 2)
    assert unknown["label_errors"].tolist() == [0, 0]
    assert attribute_scores([[1, -1]], [[0.9, 0.1]])["precision"] == 1


@pytest.mark.parametrize(
    ("labels", "probabilities", "words"),
    [
        ([[1, 0]], [[0.5]], r"shape \(1, 2\) and probabilities \(1, 1\)"),
        (np.zeros((0, 3)), np.zeros((0, 3)), "at least one of each"),
        ([[2]], [[0.5]], "labels contain 2"),
        ([[1]], [[1.5]], "apply the sigmoid"),
        ([[1]], [[np.nan]], "apply the sigmoid"),
    ],
)
def test_refuses_invalid_input(labels, probabilities, words):
    with pytest.raises(ValueError, match=words):
        attribute_scores(labels, probabilities)


def sample(truth, found, loss=None):
    out = {"gt_score": torch.tensor(truth), "pred_score": torch.tensor(found) * 0.9}
    return out if loss is None else {**out, "loss": torch.tensor(loss)}


def evaluate(metric, samples, classes=("hat", "bag", "coat")):
    evaluator = Evaluator(metric)
    evaluator.dataset_meta = {"classes": classes}
    for start in range(0, len(samples), 3):
        evaluator.process(samples[start : start + 3])
    return evaluator.evaluate(len(samples))


def test_metric_reports_percentages_and_writes_report(tmp_path):
    report_file = tmp_path / "out" / "report.json"
    metric = METRICS.build(
        dict(type="solider_mm.PedestrianAttributeMetric", report_file=str(report_file))
    )
    assert isinstance(metric, PedestrianAttributeMetric)
    losses = [1.0, 2.0, 3.0, 6.0]
    rows = [sample(*row) for row in zip(TRUTH, FOUND, losses, strict=True)]
    metrics = evaluate(metric, rows)
    assert metrics == {
        "attribute/mA": pytest.approx(62.5),
        "attribute/accuracy": pytest.approx(37.5),
        "attribute/precision": pytest.approx(50.0),
        "attribute/recall": pytest.approx(62.5),
        "attribute/f1": pytest.approx(100 * 0.625 / 1.125),
        "attribute/cross_entropy": 3.0,  # of the images, not of the two batches
    }
    report = json.loads(report_file.read_text())
    assert [row["name"] for row in report["attributes"]] == ["hat", "bag", "coat"]
    assert report["attributes"][2]["mA"] == pytest.approx(37.5)
    assert [path.name for path in report_file.parent.iterdir()] == ["report.json"]


def test_metric_omits_missing_loss():
    rows = [sample(*row) for row in zip(TRUTH, FOUND, strict=True)]
    assert "attribute/cross_entropy" not in evaluate(PedestrianAttributeMetric(), rows)


def test_metric_refuses_invalid_samples_and_arguments():
    rows = [sample(*row) for row in zip(TRUTH, FOUND, strict=True)]
    with pytest.raises(ValueError, match="predicts 3 attributes, the dataset has 2"):
        evaluate(PedestrianAttributeMetric(), rows, ("hat", "bag"))
    with pytest.raises(ValueError, match=r"image a\.jpg has no gt_score"):
        PedestrianAttributeMetric().process(None, [{"img_path": "a.jpg"}])
    with pytest.raises(ValueError, match=r"threshold=1\.0"):
        PedestrianAttributeMetric(threshold=1.0)
