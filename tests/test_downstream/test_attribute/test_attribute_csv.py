"""The CSV reader, and through it what all attribute data sets share."""

import numpy as np
import pytest
from mmengine.registry import DATASETS
from PIL import Image

from solider_mm.datasets.transforms import LoadPersonImage

HEADER = "image,split,hat,bag,coat\n"
ROWS = (
    "a/1.jpg,train,1,0,0\na/2.jpg,train,0,2,1\nb/3.jpg,val,1,1,1\nb/4.jpg,test,0,0,1\n"
)


@pytest.fixture
def root(tmp_path):
    for name in ("a/1.jpg", "a/2.jpg", "b/3.jpg", "b/4.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (8, 16)).save(tmp_path / name)
    (tmp_path / "attributes.csv").write_text(HEADER + ROWS)
    return tmp_path


def build(root, **options):
    return DATASETS.build(
        dict(type="solider_mm.AttributeCSV", data_root=str(root), **options)
    )


def test_reads_samples_and_names(root):
    data = build(root)
    assert len(data) == 2
    assert data.metainfo["classes"] == ("hat", "bag", "coat")
    assert data.metainfo["positive_ratio"] == (0.5, 0.0, 0.5)
    second = data[1]
    assert second["img_path"] == str(root / "a" / "2.jpg")
    assert second["gt_score"].dtype == np.float32
    assert second["gt_score"].tolist() == [0, 0, 1]  # 2 is taken as no
    assert second["gt_label"] == [2]


def test_frequencies_come_from_training_split(root):
    data = build(root, split="test", train_split="train+val")
    assert len(data) == 1
    np.testing.assert_allclose(data.metainfo["positive_ratio"], [2 / 3, 1 / 3, 2 / 3])


def test_selects_attributes_in_given_order(root):
    data = build(root, classes=["coat", "hat"], split="test")
    assert data.metainfo["classes"] == ("coat", "hat")
    assert data.metainfo["positive_ratio"] == (0.5, 0.5)
    assert data[0]["gt_score"].tolist() == [1, 0]
    with pytest.raises(ValueError, match="attribute 'shoe' is unknown"):
        build(root, classes=["shoe"])


def test_error_names_missing_image(root):
    (root / "a" / "2.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"1 of 2 images .*a/2\.jpg"):
        build(root)
    with pytest.raises(FileNotFoundError, match=r"does not exist"):
        build(root / "absent")


def test_error_names_unreadable_image(root):
    (root / "a" / "1.jpg").write_bytes(b"no image")
    data = build(root, pipeline=[LoadPersonImage()])
    with pytest.raises(ValueError, match=r"a/1\.jpg' is not decodable"):
        data[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file,split,hat\n", r"begins with the columns \['file', 'split', 'hat'\]"),
        ("image,split\n", "at least one attribute"),
        (HEADER + "a/1.jpg,train,1,0\n", "line 2 has 4 columns: expected 5"),
        (HEADER + "a/1.jpg,train,1,yes,0\n", r"says bag='yes' for 'a/1\.jpg'"),
        (HEADER + "a/1.jpg,test,1,0,0\n", "has no row of split 'train'"),
        ("image,split,hat,hat\na/1.jpg,train,1,0\n", "'hat' is named twice"),
        ("", r"begins with the columns \[\]"),
    ],
)
def test_refuses_invalid_table(root, text, words):
    (root / "attributes.csv").write_text(text)
    with pytest.raises(ValueError, match=words):
        build(root)


def test_refuses_missing_table(root):
    with pytest.raises(
        FileNotFoundError, match=r"attribute table .*other\.csv. does not exist"
    ):
        build(root, ann_file="other.csv")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_unicode_encodings_and_backslashes(root, encoding):
    rows = ROWS.replace("a/2.jpg", "a\\2.jpg").replace("\n", "\r\n")
    content = HEADER.replace("coat", "größe") + rows
    (root / "attributes.csv").write_bytes(content.encode(encoding))
    data = build(root)
    assert data.metainfo["classes"] == ("hat", "bag", "größe")
    assert data[1]["img_path"] == str(root / "a" / "2.jpg")


def test_latin_1_is_refused_with_the_file(root):
    content = HEADER.replace("coat", "größe") + ROWS
    (root / "attributes.csv").write_bytes(content.encode("latin-1"))
    with pytest.raises(ValueError, match=r"attributes\.csv' is not valid utf-8"):
        build(root)
