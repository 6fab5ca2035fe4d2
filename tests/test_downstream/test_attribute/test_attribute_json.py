import json

import pytest
from mmengine.registry import DATASETS
from PIL import Image

CONTENT = {
    "metainfo": {"classes": ["hat", "bag"], "positive_ratio": [0.5, 0.25]},
    "data_list": [
        {"img_path": "1.png", "gt_label": [1]},
        {"img_path": "2.png", "gt_label": []},
    ],
}


@pytest.fixture
def root(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "zero_shot").mkdir()
    for name in ("1.png", "2.png"):
        Image.new("RGB", (8, 16)).save(tmp_path / "images" / name)
    write(tmp_path, CONTENT)
    return tmp_path


def write(root, content):
    (root / "zero_shot" / "trainval.json").write_text(json.dumps(content))


def build(root, kind="solider_mm.AttributeJSON", **options):
    return DATASETS.build(dict(type=kind, data_root=str(root), **options))


def test_reads_samples_and_frequencies(root):
    data = build(root)
    assert data.metainfo["classes"] == ("hat", "bag")
    assert data.metainfo["positive_ratio"] == (0.5, 0.25)
    assert [item["gt_score"].tolist() for item in data] == [[0, 1], [0, 0]]
    assert data[0]["img_path"] == str(root / "images" / "1.png")


def test_matches_mmpretrain_reader(root):
    data = build(
        root,
        "mmpretrain.MultiLabelDataset",
        ann_file="zero_shot/trainval.json",
        data_prefix="images",
    )
    assert data.metainfo["classes"] == ["hat", "bag"]
    assert [data.get_cat_ids(i) for i in range(2)] == [[1], []]


def test_frequencies_are_optional(root):
    del (content := json.loads(json.dumps(CONTENT)))["metainfo"]["positive_ratio"]
    write(root, content)
    assert build(root, classes=["bag"]).metainfo["positive_ratio"] is None


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"metainfo": {}, "data_list": []},
        {**CONTENT, "data_list": [{"img_path": "1.png", "gt_label": [2]}]},
        {**CONTENT, "data_list": [{"img_path": "1.png", "gt_label": [-1]}]},
        {**CONTENT, "data_list": [{"img_path": "1.png", "gt_label": 1}]},
    ],
)
def test_refuses_invalid_content(root, content):
    write(root, content)
    with pytest.raises(ValueError, match="is not a multi-label annotation"):
        build(root)


def test_refuses_missing_file_and_wrong_ratios(root):
    with pytest.raises(
        FileNotFoundError, match=r"write it with tools/dataset_converters/convert_attr"
    ):
        build(root, split="test")
    metainfo = {"classes": ["hat", "bag"], "positive_ratio": [0.5]}
    write(root, {**CONTENT, "metainfo": metainfo})
    with pytest.raises(ValueError, match="1 positive ratios for 2 classes"):
        build(root)
