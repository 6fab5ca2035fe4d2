import json
import math

import pytest
import torch
from mmengine.registry import METRICS
from mmengine.structures import InstanceData


def person(x, height=100.0, *, image_id=1, **fields):
    box = [float(x), 400.0, 0.41 * height, height]
    return {
        "image_id": image_id,
        "bbox": box,
        "height": height,
        "vis_ratio": 1.0,
        "ignore": 0,
        **fields,
    }


def scene(*annotations, num_images=200):
    images = [{"id": number} for number in range(1, num_images + 1)]
    return {"images": images, "annotations": list(annotations)}


@pytest.fixture
def metric(tmp_path):
    truth = scene(person(10), person(200), person(600, 30.0), num_images=4)
    path = tmp_path / "val_gt.json"
    path.write_text(json.dumps(truth))

    def build(**options):
        config = {"type": "solider_mm.CityPersonsMetric", "ann_file": str(path)}
        return METRICS.build(config | options)

    return build


def sample(image_id, rows, labels=None):
    """Build a data sample from rows of x, y, w, h, score."""
    table = torch.tensor(rows, dtype=torch.float32).reshape(-1, 5)
    boxes = table[:, :4].clone()
    boxes[:, 2:] += boxes[:, :2]
    labels = torch.zeros(len(table)) if labels is None else torch.tensor(labels)
    instances = InstanceData(bboxes=boxes, scores=table[:, 4], labels=labels.long())
    return {"img_id": image_id, "pred_instances": instances}


def test_metric_reports_all_settings_in_percent(metric, tmp_path):
    evaluator = metric(outfile=str(tmp_path / "out/found.json"))
    hit = [10.0, 400.0, 41.0, 100.0, 0.9]
    car = [200.0, 400.0, 41.0, 100.0, 0.95]
    evaluator.process({}, [sample(1, [hit, car], labels=[0, 2]), sample(2, [])])
    evaluator.process({}, [sample(3, []), sample(4, [])])
    got = evaluator.evaluate(size=4)
    assert got == pytest.approx(
        {
            "citypersons/MR_Reasonable": 50.0,
            "citypersons/MR_Reasonable-small": -1.0,
            "citypersons/MR_Heavy": -1.0,
            "citypersons/MR_All": 100 * 2 / 3,
            "citypersons/AP50": 100 * 34 / 101,
        },
        abs=1e-9,
    )
    records = json.loads((tmp_path / "out/found.json").read_text())
    assert records == [
        {
            "image_id": 1,
            "category_id": 1,
            "bbox": pytest.approx(hit[:4]),
            "score": pytest.approx(0.9),
        }
    ]
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["found.json"]


def test_metric_without_detections(metric):
    evaluator = metric()
    evaluator.process({}, [sample(image, []) for image in (1, 2, 3, 4)])
    got = evaluator.evaluate(size=4)
    assert got["citypersons/MR_Reasonable"] == 100.0
    assert got["citypersons/AP50"] == 0.0
    assert all(math.isfinite(value) for value in got.values())


def test_metric_ignores_untested_images(metric):
    evaluator = metric()
    evaluator.process({}, [sample(2, [])])
    got = evaluator.evaluate(size=1)
    assert got["citypersons/MR_Reasonable"] == -1.0  # the second image shows nobody


def test_metric_refuses_missing_file(tmp_path):
    with pytest.raises(
        FileNotFoundError, match="does not exist; see configs/pedestrian"
    ):
        METRICS.build(
            {
                "type": "solider_mm.CityPersonsMetric",
                "ann_file": str(tmp_path / "val_gt.json"),
            }
        )
