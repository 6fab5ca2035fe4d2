import logging

import cv2
import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from mmengine.logging import MMLogger  # noqa: E402
from mmseg.registry import TRANSFORMS  # noqa: E402

from solider_mm.downstream.human_parsing.label_map import label_table  # noqa: E402

TABLE = label_table({0: 0, 1: 1, 2: 1, 3: 2})


@pytest.fixture
def messages():
    """Messages of the current logger."""
    logger = MMLogger.get_instance("test_label_map", log_level="INFO")
    records = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(record.getMessage())
    logger.addHandler(handler)
    yield records
    logger.removeHandler(handler)


def load(path, shape=(4, 6), **kwargs):
    transform = TRANSFORMS.build(dict(type="solider_mm.LoadLabelMap", **kwargs))
    return transform(
        dict(seg_map_path=str(path), ori_shape=shape, label_table=TABLE, seg_fields=[])
    )


def store(path, values):
    if path.suffix == ".mat":
        savemat(path, {"groundtruth": values})
    else:
        cv2.imwrite(str(path), values)
    return path


def test_table_maps_unknown_values_to_ignore():
    assert TABLE[:5] == bytes([0, 1, 1, 2, 255])
    assert len(TABLE) == 256


@pytest.mark.parametrize("name", ["a.png", "a.mat"])
def test_reads_and_merges_classes(tmp_path, name):
    values = np.tile(np.arange(4, dtype=np.uint8), (4, 2))[:, :6]
    results = load(store(tmp_path / name, values))
    np.testing.assert_array_equal(results["gt_seg_map"][0], [0, 1, 1, 2, 0, 1])
    assert results["gt_seg_map"].dtype == np.uint8
    assert results["seg_fields"] == ["gt_seg_map"]


@pytest.mark.parametrize("dtype", [np.uint8, np.float64, np.int32])
def test_unknown_values_are_ignored_and_logged(tmp_path, dtype, messages):
    values = np.zeros((4, 6), dtype)
    values[0, 0], values[1, 1] = 77, 255
    if dtype != np.uint8:
        values[2, 2], values[3, 3] = 900, -4
    results = load(store(tmp_path / "a.mat", values))
    ignored = results["gt_seg_map"] == 255
    np.testing.assert_array_equal(ignored, values != 0)
    count = 1 if dtype == np.uint8 else 3  # 255 is the ignored label
    assert f"has {count} pixels without a class" in messages[-1]
    assert "a.mat" in messages[-1]


def test_map_of_same_aspect_ratio_is_resized(tmp_path, messages):
    values = np.kron(np.arange(2, dtype=np.uint8).reshape(1, 2), np.ones((8, 6)))
    path = store(tmp_path / "a.png", values.astype(np.uint8))
    results = load(path, shape=(4, 6))
    np.testing.assert_array_equal(results["gt_seg_map"], [[0, 0, 0, 1, 1, 1]] * 4)
    assert "has size (8, 12) and is resized to (4, 6)" in messages[-1]


def test_refuses_another_aspect_ratio(tmp_path):
    path = store(tmp_path / "a.png", np.zeros((6, 4), np.uint8))
    with pytest.raises(
        ValueError, match=r"a.png has size \(6, 4\), expected .* \(4, 6\)"
    ):
        load(path)


def test_refuses_color_maps(tmp_path):
    path = store(tmp_path / "a.png", np.zeros((4, 6, 3), np.uint8))
    with pytest.raises(ValueError, match=r"a.png has shape \(4, 6, 3\)"):
        load(path)


@pytest.mark.parametrize("name", ["a.png", "a.mat"])
@pytest.mark.parametrize("content", [b"", b"not a picture at all"])
def test_error_names_empty_or_broken_file(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"{name}'? is (empty or|not a readable)"):
        load(path)


def test_error_names_missing_file_or_variable(tmp_path):
    for name in ("b.png", "b.mat"):
        with pytest.raises(
            FileNotFoundError, match=rf"{name}'? (is missing|does not exist)"
        ):
            load(tmp_path / name)
    path = store(tmp_path / "a.mat", np.zeros((4, 6)))
    with pytest.raises(ValueError, match="has no variable 'labels'"):
        load(path, mat_key="labels")


def test_does_nothing_without_seg_map_path():
    transform = TRANSFORMS.build(dict(type="solider_mm.LoadLabelMap"))
    assert transform(dict(img=1)) == dict(img=1)


def test_palette_images_store_class_numbers(tmp_path):
    values = np.tile(np.arange(4, dtype=np.uint8), (4, 2))[:, :6]
    image = Image.fromarray(values, mode="P")
    image.putpalette([200, 0, 0, 0, 200, 0, 0, 0, 200, 9, 9, 9])
    image.save(tmp_path / "a.png")
    results = load(tmp_path / "a.png")
    np.testing.assert_array_equal(results["gt_seg_map"][0], [0, 1, 1, 2, 0, 1])


def test_matlab_format_7_3_is_named(tmp_path):
    (tmp_path / "a.mat").write_bytes(bytes(512) + b"\x89HDF\r\n\x1a\n")
    with pytest.raises(ValueError, match=r"label map .*a\.mat' has.*7\.3.*-v7"):
        load(tmp_path / "a.mat")
