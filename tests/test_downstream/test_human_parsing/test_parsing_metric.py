import numpy as np
import pytest
import torch

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from mmseg.registry import METRICS  # noqa: E402


def evaluate(pairs, classes, **kwargs):
    metric = METRICS.build(kwargs)
    metric.dataset_meta = {"classes": tuple(classes)}
    for predicted, label in pairs:
        sample = {
            "pred_sem_seg": {
                "data": torch.from_numpy(predicted.astype(np.int64))[None]
            },
            "gt_sem_seg": {"data": torch.from_numpy(label.astype(np.int64))[None]},
        }
        metric.process({}, [sample])
    return metric.evaluate(len(pairs))


def golden(golden_dir, prefix="pred"):
    data = np.load(golden_dir / "parsing_metrics.npz")
    count = range(int(data["num_images"]))
    pairs = [(data[f"{prefix}_{i:02d}"], data[f"gt_{i:02d}"]) for i in count]
    return pairs, [str(name) for name in data["metric_names"][:20]], data


@pytest.mark.parametrize(
    ("prefix", "key"),
    [
        ("pred", "aligned_values"),
        ("warped_float", "crop_values_float_centers"),
        ("warped_int", "crop_values_official_int_centers"),
    ],
)
def test_golden(golden_dir, prefix, key):
    pairs, names, data = golden(golden_dir, prefix)
    result = evaluate(pairs, names, type="solider_mm.ParsingMetric")
    values = [result[f"IoU/{name}"] for name in names]
    values += [result["aAcc"], result["mAcc"], result["mIoU"]]
    np.testing.assert_allclose(values, data[key], atol=1e-6)


def test_absent_classes_by_hand():
    """2×2 pixels and three classes, one of them absent."""
    predicted, label = np.array([[0, 1], [1, 1]]), np.array([[0, 0], [1, 255]])
    kinds = {}
    for absent in (True, False):
        kinds[absent] = evaluate(
            [(predicted, label)],
            "abc",
            type="solider_mm.ParsingMetric",
            absent_as_zero=absent,
        )
    assert kinds[True]["aAcc"] == pytest.approx(200 / 3)
    assert kinds[True]["mIoU"] == pytest.approx(100 / 3)
    assert kinds[False]["mIoU"] == pytest.approx(50)
    assert kinds[False]["mAcc"] == pytest.approx(75)
    assert kinds[True]["IoU/c"] == 0
    assert np.isnan(kinds[False]["IoU/c"])


def test_mmseg_metric_agrees_up_to_its_rounding(golden_dir):
    pairs, names, data = golden(golden_dir)
    result = evaluate(pairs, names, type="IoUMetric", nan_to_num=0)
    assert result["mIoU"] == pytest.approx(data["aligned_values"][22], abs=0.0051)
    assert result["mAcc"] == pytest.approx(data["aligned_values"][21], abs=0.0051)


def test_excluding_absent_classes_equals_mmseg_mean(golden_dir):
    pairs, names, _ = golden(golden_dir)
    ours = evaluate(pairs, names, type="solider_mm.ParsingMetric", absent_as_zero=False)
    theirs = evaluate(pairs, names, type="IoUMetric")
    assert ours["mIoU"] == pytest.approx(theirs["mIoU"], abs=0.0051)
