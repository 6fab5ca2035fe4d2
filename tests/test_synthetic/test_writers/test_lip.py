import numpy as np
import pytest
from PIL import Image

from solider_mm.synthetic import write_lip


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    out = tmp_path_factory.mktemp("l") / "synthetic"
    return write_lip(out, num_train=6, num_val=3, size=(96, 48), show_progress=False)


@pytest.mark.parametrize(("split", "count"), [("train", 6), ("val", 3)])
def test_every_id_has_a_picture_and_a_label_map_of_its_size(rendered, split, count):
    names = (rendered / f"{split}_id.txt").read_text().split()
    assert len(names) == len(set(names)) == count
    for name in names:
        image = Image.open(rendered / f"{split}_images" / f"{name}.jpg")
        labels = Image.open(rendered / f"{split}_segmentations" / f"{name}.png")
        assert labels.mode == "L"
        assert image.size == labels.size
        values = np.unique(labels)
        assert values.max() < 20
        assert len(values) > 4


def test_sizes_vary(rendered):
    sizes = {Image.open(path).size for path in (rendered / "train_images").iterdir()}
    assert len(sizes) > 3


def test_bad_counts(tmp_path):
    with pytest.raises(ValueError, match="num_train is 0: expected 1 or larger"):
        write_lip(tmp_path / "synthetic", num_train=0)
