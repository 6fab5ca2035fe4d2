import json

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from mmdet.registry import DATASETS  # noqa: E402

NAME = "aachen_000000_000019_leftImg8bit.png"
ROWS = [
    [1, 10, 10, 20, 50, 1, 10, 10, 20, 10],  # mostly occluded, still a positive
    [1, 40, 10, 20, 49, 2, 40, 10, 20, 49],  # below the minimum height
    [3, 70, 10, 40, 60, 3, 70, 10, 40, 60],  # sitting
    [1, 900, 10, 40, 60, 4, 900, 10, 40, 60],  # outside of the image
    [1, 10, 10, 0, 60, 5, 10, 10, 0, 60],  # without area
]


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "images/aachen"
    folder.mkdir(parents=True)
    for name in (NAME, NAME.replace("000000", "000001")):
        Image.fromarray(np.full((96, 192, 3), 128, np.uint8)).save(folder / name)
    cells = np.empty((1, 2), dtype=object)
    for index, table in enumerate((ROWS, np.zeros((0, 10)))):
        cells[0, index] = {
            "cityname": "aachen",
            "im_name": NAME.replace("000000", f"00000{index}"),
            "bbs": np.array(table, dtype=np.int16),
        }
    savemat(tmp_path / "anno_train.mat", {"anno_train_aligned": cells})
    return tmp_path


def build(root, ann_file="anno_train.mat", **options):
    config = {
        "type": "solider_mm.CityPersonsDataset",
        "data_root": str(root),
        "ann_file": ann_file,
        "data_prefix": {"img": "images/"},
        "image_size": (96, 192),
        "pipeline": [],
        "serialize_data": False,  # serialization takes seconds
    }
    return DATASETS.build(config | options)


def coco(root, images, annotations, name="train.json"):
    content = {"images": images, "annotations": annotations, "categories": []}
    (root / name).write_text(json.dumps(content))
    return name


def test_training_rules_from_the_original_cells(root):
    dataset = build(root)
    assert len(dataset) == 2
    first = dataset.get_data_info(0)
    assert [i["ignore_flag"] for i in first["instances"]] == [0, 1, 1]
    assert first["instances"][0]["bbox"] == [10, 10, 30, 60]
    assert {i["bbox_label"] for i in first["instances"]} == {0}
    assert first["img_path"] == str(root / "images/aachen" / NAME)
    assert (first["img_id"], first["height"], first["width"]) == (1, 96, 192)
    assert dataset.metainfo["classes"] == ("pedestrian",)


def test_images_without_people_are_kept_by_default(root):
    assert build(root).get_data_info(1)["instances"] == []
    only = build(root, filter_cfg={"filter_empty_gt": True})
    assert len(only) == 1


def test_ignored_boxes_are_skipped_and_crowds_are_regions(root):
    """As in the released code, which has no region for a true `ignore` (§D6)."""
    images = [{"id": 4, "im_name": NAME, "height": 96, "width": 192}]
    box = {"image_id": 4, "category_id": 1, "bbox": [10, 10, 20, 50]}
    name = coco(
        root,
        images,
        [
            {"id": 1, **box, "ignore": 0, "iscrowd": 0},
            {"id": 2, **box, "ignore": 1, "iscrowd": 0},
            {"id": 3, **box, "ignore": 0, "iscrowd": 1},
            {"id": 4, **box, "category_id": 2},
        ],
    )
    dataset = build(root, name)
    info = dataset.get_data_info(0)
    assert [i["ignore_flag"] for i in info["instances"]] == [0, 1]
    assert info["img_path"].endswith(f"images/aachen/{NAME}")
    assert info["img_id"] == 4


def test_file_names_with_and_without_city_folder(root):
    sizes = {"height": 96, "width": 192}
    name = coco(root, [{"id": 1, "file_name": f"aachen/{NAME}", **sizes}], [])
    assert (
        build(root, name, test_mode=True)
        .get_data_info(0)["img_path"]
        .endswith(f"aachen/{NAME}")
    )
    name = coco(root, [{"id": 1, "file_name": NAME, **sizes}], [])
    prefix = {"img": "images/aachen"}
    flat = build(root, name, data_prefix=prefix, test_mode=True)
    assert flat.get_data_info(0)["img_path"].endswith(f"images/aachen/{NAME}")


def test_training_pipeline(root):
    dataset = build(
        root,
        pipeline=[
            {"type": "LoadImageFromFile"},
            {"type": "mmdet.LoadAnnotations", "with_bbox": True},
            {"type": "solider_mm.RandomHSVBrightness"},
            {"type": "mmdet.RandomFlip", "prob": 0.5},
            {"type": "solider_mm.RandomScaleCropPaste", "size": (64, 128)},
            {"type": "mmdet.PackDetInputs"},
        ],
    )
    for index in (0, 1):
        item = dataset[index]
        assert item["inputs"].shape == (3, 64, 128)
        boxes = item["data_samples"].gt_instances.bboxes.tensor
        assert (boxes[:, 2:] > boxes[:, :2]).all()


def test_errors_name_what_is_missing(root):
    with pytest.raises(FileNotFoundError, match=r"anno_val\.mat.*does not exist"):
        build(root, "anno_val.mat")
    with pytest.raises(FileNotFoundError, match=r"elsewhere' has no image 'aachen/"):
        build(root, data_prefix={"img": "elsewhere/"})
    with pytest.raises(ValueError, match=r"train\.json.* lists no image"):
        build(root, coco(root, [], []))


def test_reads_people_of_category_zero(root):
    image = {"id": 1, "file_name": NAME, "height": 96, "width": 192}
    box = {"image_id": 1, "category_id": 0, "bbox": [10, 10, 20, 50]}
    file = {
        "images": [image],
        "annotations": [{"id": 1, **box}],
        "categories": [{"id": 0, "name": "person"}],
    }
    (root / "train.json").write_text(json.dumps(file))
    (instance,) = build(root, "train.json").get_data_info(0)["instances"]
    assert (instance["bbox"], instance["bbox_label"]) == ([10, 10, 30, 60], 0)


def test_refuses_training_without_people(root):
    image = {"id": 1, "file_name": NAME, "height": 96, "width": 192}
    box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10, 10, 20, 50]}
    name = coco(root, [image], [{**box, "iscrowd": 1}])
    with pytest.raises(
        ValueError, match="1 images and 1 ignore regions, but no person"
    ):
        build(root, name)
    name = coco(root, [{"id": 1, "file_name": NAME}], [box])
    with pytest.raises(ValueError, match=r"image 1 has the keys .* height and width"):
        build(root, name)


def test_penn_fudan(shared):
    folder = shared / "data/pennfudan"
    for split, images, boxes in (("train", 136, 354), ("test", 34, 69)):
        dataset = DATASETS.build(
            {
                "type": "solider_mm.CityPersonsDataset",
                "data_root": str(folder),
                "ann_file": f"{split}.json",
                "data_prefix": {"img": f"{split}/"},
                "pipeline": [],
                "test_mode": split == "test",
                "serialize_data": False,
            }
        )
        infos = [dataset.get_data_info(i) for i in range(len(dataset))]
        assert len(infos) == images
        assert sum(len(info["instances"]) for info in infos) == boxes
