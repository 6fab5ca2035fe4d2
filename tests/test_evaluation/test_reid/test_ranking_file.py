import numpy as np
import pytest
import torch

from solider_mm.evaluation.reid.ranking import Labels, rank_gallery
from solider_mm.evaluation.reid.ranking_file import (
    LabeledImages,
    describe_ranking,
    write_ranking_file,
)


def test_describes_nearest_images():
    query = LabeledImages(["q.jpg"], Labels(torch.tensor([4]), torch.tensor([0])))
    gallery = LabeledImages(
        ["a.jpg", "b.jpg", "c.jpg"],
        Labels(torch.tensor([4, 4, 0]), torch.tensor([0, 1, 1])),
    )
    distance = torch.tensor([[0.0, 0.5, 0.25]])
    ranked = rank_gallery(distance, query.labels, gallery.labels)
    (entry,) = describe_ranking(query, gallery, ranked, distance, top_k=3)
    matches = entry.pop("gallery")
    assert entry == {
        "img_path": "q.jpg",
        "person_id": 4,
        "person_name": "4",
        "camera_id": 0,
        "camera_name": "1",
    }
    assert matches == [
        {
            "img_path": "c.jpg",
            "person_id": 0,
            "person_name": "0",
            "camera_id": 1,
            "camera_name": "2",
            "distance": 0.25,
            "is_match": False,
        },
        {
            "img_path": "b.jpg",
            "person_id": 4,
            "person_name": "4",
            "camera_id": 1,
            "camera_name": "2",
            "distance": 0.5,
            "is_match": True,
        },
    ]


def test_failed_write_keeps_old_file(tmp_path):
    file = tmp_path / "ranking.json"
    file.write_text("old")
    summary = {
        "mAP": 1.0,
        "mINP": 1.0,
        "cmc": np.ones(3),
        "average_precision": np.ones(1),
    }
    with pytest.raises(TypeError):
        write_ranking_file(file, summary, [{"img_path": object()}], reranked=False)
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["ranking.json"]
