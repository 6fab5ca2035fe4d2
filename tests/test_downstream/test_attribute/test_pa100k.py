import numpy as np
import pytest
from mmengine.registry import DATASETS
from scipy.io import loadmat, savemat

from solider_mm.synthetic import PA100K_ATTRIBUTES, render_pedestrian, write_pa100k

COUNTS = {"num_train": 6, "num_val": 3, "num_test": 4, "shots_per_identity": 2}
# The order of the reference's tables, by name (docs/reference.md §Appendix A).
EVALUATED = (
    *("Hat", "Glasses", "ShortSleeve", "LongSleeve", "UpperStride", "UpperLogo"),
    *("UpperPlaid", "UpperSplice", "LowerStripe", "LowerPattern", "LongCoat"),
    *("Trousers", "Shorts", "Skirt&Dress", "boots", "HandBag", "ShoulderBag"),
    *("Backpack", "HoldObjectsInFront", "AgeOver60", "Age18-60", "AgeLess18"),
    *("Female", "Front", "Side", "Back"),
)


@pytest.fixture(scope="module")
def dataset_root(tmp_path_factory):
    out = tmp_path_factory.mktemp("d") / "PA100k"
    return write_pa100k(out, **COUNTS, size=(64, 32), show_progress=False)


def build(root, **options):
    return DATASETS.build(
        dict(type="solider_mm.PA100K", data_root=str(root), **options)
    )


def test_attributes_have_evaluated_order(dataset_root):
    data = build(dataset_root, split="train")
    assert data.metainfo["classes"] == EVALUATED
    truth = render_pedestrian(1, 1, 0, (64, 32))["attributes"]  # the third picture
    assert data[2]["img_path"] == str(dataset_root / "data" / "000003.jpg")
    np.testing.assert_array_equal(
        data[2]["gt_score"], [float(truth[name]) for name in EVALUATED]
    )


def test_reads_splits_and_frequencies(dataset_root):
    sizes = {
        s: len(build(dataset_root, split=s))
        for s in ("train", "val", "trainval", "test")
    }
    assert sizes == {"train": 6, "val": 3, "trainval": 9, "test": 4}
    table = loadmat(dataset_root / "annotation.mat")
    labels = np.concatenate([table["train_label"], table["val_label"]])
    order = [PA100K_ATTRIBUTES.index(name) for name in EVALUATED]
    np.testing.assert_allclose(
        build(dataset_root, split="test").metainfo["positive_ratio"],
        labels.mean(axis=0)[order],
    )
    np.testing.assert_allclose(
        build(dataset_root, split="test", train_split="train").metainfo[
            "positive_ratio"
        ],
        table["train_label"].mean(axis=0)[order],
    )


def test_finds_dataset_in_parent_folder(dataset_root):
    assert len(build(dataset_root.parent)) == 9


def test_refuses_wrong_folders_and_splits(dataset_root, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no annotation\.mat in"):
        build(tmp_path)
    with pytest.raises(ValueError, match="split 'all' is unknown"):
        build(dataset_root, split="all")
    with pytest.raises(FileNotFoundError, match="9 of 9 images are missing"):
        build(dataset_root, image_folder="images")


def test_refuses_invalid_annotation(dataset_root, tmp_path):
    file = tmp_path / "annotation.mat"
    content = {
        key: value
        for key, value in loadmat(dataset_root / "annotation.mat").items()
        if not key.startswith("__")
    }
    savemat(file, {**content, "train_label": content["train_label"][:, :25]})
    with pytest.raises(ValueError, match=r"its labels have shape \(6, 25\)"):
        build(tmp_path)
    savemat(file, {**content, "attributes": content["attributes"][:25]})
    with pytest.raises(ValueError, match="names 25 attributes"):
        build(tmp_path)
    del content["val_label"]
    savemat(file, content)
    with pytest.raises(ValueError, match="no field 'val_label'"):
        build(tmp_path)
    file.write_bytes(b"x")
    with pytest.raises(ValueError, match="is not a readable MATLAB file"):
        build(tmp_path)


def test_unclear_label_counts_as_negative(dataset_root, tmp_path):
    content = loadmat(dataset_root / "annotation.mat")
    savemat(
        tmp_path / "annotation.mat",
        {
            "attributes": content["attributes"],
            "train_images_name": content["train_images_name"],
            "train_label": np.full_like(content["train_label"], 2),
        },
    )
    (tmp_path / "data").symlink_to(dataset_root / "data")
    data = build(tmp_path, split="train", train_split="train")
    assert data.metainfo["positive_ratio"] == (0.0,) * 26
