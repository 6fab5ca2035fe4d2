import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from mmseg.registry import DATASETS  # noqa: E402

from solider_mm.datasets import SeededIndex  # noqa: E402

PIPELINE = [
    dict(type="LoadImageFromFile"),
    dict(type="solider_mm.LoadLabelMap"),
    dict(type="solider_mm.PersonAffine", size=(64, 48), scale_std=0.25, angle_std=30.0),
]


def lip(root, **kwargs):
    return DATASETS.build(
        dict(type="solider_mm.LIPParsing", data_root=str(root), **kwargs)
    )


def ccp(root, **kwargs):
    return DATASETS.build(
        dict(type="solider_mm.ClothingCoParsing", data_root=str(root), **kwargs)
    )


@pytest.fixture
def broken_lip(synthetic_lip, tmp_path):
    return shutil.copytree(synthetic_lip, tmp_path / "lip")


def test_lip(synthetic_lip):
    train, val = (
        lip(synthetic_lip, pipeline=PIPELINE),
        lip(synthetic_lip.parent, split="val"),
    )
    assert (len(train), len(val)) == (8, 3)
    assert len(train.metainfo["classes"]) == 20
    assert train.metainfo["classes"][14] == "Left-arm"
    sample = train[0]
    assert sample["img"].shape == (64, 48, 3)
    found = set(np.unique(sample["gt_seg_map"]))
    assert found <= {*range(20), 255}
    assert len(found) > 5


def test_seeded_index_repeats_the_augmentation(synthetic_lip):
    """The crop depends on the seed alone, not on earlier samples."""
    data = lip(synthetic_lip, pipeline=PIPELINE)
    first, other = data[SeededIndex(2, 7)], data[SeededIndex(2, 8)]
    again = data[SeededIndex(2, 7)]
    np.testing.assert_array_equal(first["img"], again["img"])
    assert (first["warp_matrix"] != other["warp_matrix"]).any()


def test_blank_lines_are_skipped(broken_lip):
    names = (broken_lip / "val_id.txt").read_text()
    (broken_lip / "val_id.txt").write_text(f"\n{names}\n  \n")
    assert len(lip(broken_lip, split="val")) == 3


@pytest.mark.parametrize("content", ["", "\n \n"])
def test_refuses_an_empty_list(broken_lip, content):
    (broken_lip / "train_id.txt").write_text(content)
    with pytest.raises(ValueError, match=r"train_id\.txt lists no image"):
        lip(broken_lip)


def test_error_names_missing_files(broken_lip):
    label = sorted((broken_lip / "val_segmentations").iterdir())[1]
    label.unlink()
    with pytest.raises(
        FileNotFoundError, match=f"1 of 3 files .* first is .*{label.name}"
    ):
        lip(broken_lip, split="val")
    (broken_lip / "train_id.txt").unlink()
    with pytest.raises(
        FileNotFoundError, match=r"train_id\.txt is missing: set SOLIDER"
    ):
        lip(broken_lip)


def test_refuses_unknown_split(synthetic_lip):
    with pytest.raises(ValueError, match="split='test'"):
        lip(synthetic_lip, split="test")


@pytest.fixture
def synthetic_ccp(tmp_path):
    """Five photos of noise in the dataset's folders, the first four with labels."""
    folder = tmp_path / "clothing-co-parsing"
    labels = folder / "annotations" / "pixel-level"
    labels.mkdir(parents=True)
    (folder / "photos").mkdir()
    rng = np.random.default_rng(0)
    for number in range(1, 6):
        pixels = rng.integers(0, 256, (40, 30, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "photos" / f"{number:04d}.jpg")
        if number < 5:
            truth = rng.integers(0, 59, (40, 30), dtype=np.uint8)
            truth[:4, :4], truth[-4:, -4:] = 41, 0
            savemat(labels / f"{number:04d}.mat", {"groundtruth": truth})
    return folder


def test_clothing_co_parsing(synthetic_ccp):
    root = synthetic_ccp.parent
    train, test = ccp(root, numbers=(1, 3)), ccp(root, numbers=(4, 4))
    assert (len(train), len(test)) == (3, 1)
    assert train.get_data_info(0)["img_path"].endswith("0001.jpg")
    assert train.get_data_info(2)["seg_map_path"].endswith("0003.mat")
    assert test.get_data_info(0)["seg_map_path"].endswith("0004.mat")
    assert len(train.metainfo["classes"]) == len(train.metainfo["palette"]) == 8


def test_clothing_co_parsing_photos(shared):
    train = ccp(shared / "data", numbers=(1, 640))
    test = ccp(shared / "data", numbers=(641, 800))
    assert (len(train), len(test)) == (640, 160)
    names = [{item["img_path"] for item in (one[0], one[-1])} for one in (train, test)]
    assert not names[0] & names[1]


def test_fine_and_coarse_clothing_labels(synthetic_ccp):
    fine = ccp(synthetic_ccp, coarse=False, pipeline=PIPELINE)
    coarse = ccp(synthetic_ccp, pipeline=PIPELINE)
    assert len(fine) == len(coarse) == 4
    assert len(fine.metainfo["classes"]) == 59
    index = SeededIndex(0, 3)
    many, few = (one[index]["gt_seg_map"] for one in (fine, coarse))
    assert (many == 41).any()
    np.testing.assert_array_equal(many == 0, few == 0)
    np.testing.assert_array_equal(many == 41, few == 2)  # skin
    assert set(np.unique(few)) <= {*range(8), 255}


def test_refuses_numbers_beyond_the_labeled_photos(synthetic_ccp):
    with pytest.raises(ValueError, match=r"numbers=\(2, 5\).* of the 4 labeled"):
        ccp(synthetic_ccp, numbers=(2, 5))


def test_error_names_missing_clothing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="no images of layout 'ccp'"):
        ccp(tmp_path)


def test_all_image_suffixes_are_read_and_hidden_files_skipped(synthetic_ccp):
    photo = synthetic_ccp / "photos" / "0002.jpg"
    photo.rename(photo.with_suffix(".JPG"))
    labels = synthetic_ccp / "annotations" / "pixel-level"
    (labels / "._0001.mat").write_bytes(b"macOS")
    (synthetic_ccp / "photos" / "._0001.jpg").write_bytes(b"macOS")
    samples = ccp(synthetic_ccp.parent)
    paths = [samples.get_data_info(i)["img_path"] for i in range(len(samples))]
    names = ["0001.jpg", "0002.JPG", "0003.jpg", "0004.jpg"]
    assert [Path(path).name for path in paths] == names


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_list_in_unicode_and_upper_case_suffixes(broken_lip, encoding):
    file = broken_lip / "val_id.txt"
    file.write_bytes(file.read_text().encode(encoding))
    image = next((broken_lip / "val_images").iterdir())
    image.rename(image.with_suffix(".JPG"))
    assert len(lip(broken_lip, split="val")) == 3
