import numpy as np
import pytest
from mmengine.registry import DATASETS
from PIL import Image
from scipy.io import loadmat, savemat

from solider_mm.downstream.attribute.market1501_attributes import _BINARY

IMAGES = {
    "bounding_box_train": ("0002_c1s1_000451_03.jpg", "0007_c3s1_000001_01.jpg"),
    "query": ("0001_c1s1_001051_00.jpg",),
    "bounding_box_test": (
        "-1_c1s1_000401_03.jpg",
        "0000_c1s1_000151_01.jpg",
        "0001_c2s1_001051_00.jpg",
    ),
}


def half(identities, ages, **binary):
    """Return a half of the file: all fields are 1 (no) except those given."""
    fields = {name: np.ones(len(identities), np.uint8) for name in _BINARY}
    fields.update({name: np.array(v, np.uint8) for name, v in binary.items()})
    cells = np.empty((1, len(identities)), object)
    cells[0] = identities
    return {"image_index": cells, "age": np.array(ages, np.uint8), **fields}


def write(root, **changes):
    content = {
        "train": half(["0002", "0007"], [1, 3], gender=[2, 1], downbrown=[1, 2]),
        "test": dict(reversed(half(["0001"], [4], hat=[2]).items())),  # other order
        **changes,
    }
    savemat(root / "market_attribute.mat", {"market_attribute": content})


@pytest.fixture
def root(tmp_path):
    for folder, names in IMAGES.items():
        (tmp_path / folder).mkdir()
        for name in names:
            Image.new("RGB", (8, 16)).save(tmp_path / folder / name)
    write(tmp_path)
    return tmp_path


def build(root, **options):
    return DATASETS.build(
        dict(type="solider_mm.Market1501Attributes", data_root=str(root), **options)
    )


def positives(data, index):
    return [data.metainfo["classes"][i] for i in data[index]["gt_label"]]


def test_reads_fields_by_name(root):
    train, test = build(root), build(root, split="test")
    assert len(train.metainfo["classes"]) == 30
    assert positives(train, 0) == ["age_young", "female"]
    assert positives(train, 1) == ["age_adult", "lower_brown"]
    assert [positives(test, i) for i in range(2)] == [["age_old", "hat"]] * 2


def test_removes_junk_and_distractors(root):
    names = [item["img_path"].rsplit("/", 2)[1:] for item in build(root, split="test")]
    assert names == [
        ["query", "0001_c1s1_001051_00.jpg"],
        ["bounding_box_test", "0001_c2s1_001051_00.jpg"],
    ]


def test_frequencies_come_from_training_images(root):
    meta = build(root, split="test").metainfo
    ratio = dict(zip(meta["classes"], meta["positive_ratio"], strict=True))
    assert ratio["female"] == ratio["age_young"] == ratio["lower_brown"] == 0.5
    assert ratio["hat"] == ratio["age_old"] == 0


def test_refuses_invalid_files(root):
    with pytest.raises(ValueError, match="split 'val' is unknown"):
        build(root, split="val")
    write(root, train=half(["0002"], [1]))
    with pytest.raises(ValueError, match=r"identity 7 of .*0007_c3s1.* no attributes"):
        build(root)
    write(root, train=half(["0002", "0007"], [1, 5]))
    with pytest.raises(ValueError, match="1 to 4 for age"):
        build(root)
    broken = half(["0002", "0007"], [1, 1])
    del broken["uppurple"]
    write(root, train=broken)
    with pytest.raises(ValueError, match="no field 'uppurple'"):
        build(root)
    savemat(root / "market_attribute.mat", {"other": 1})
    with pytest.raises(
        ValueError, match=r"market_attribute\.mat.*does not have the expected"
    ):
        build(root)
    (root / "market_attribute.mat").unlink()
    with pytest.raises(FileNotFoundError, match="no attributes at"):
        build(root)


def test_reads_real_file(shared):
    """All images have attributes; the counts agree with an independent reader."""
    root = shared / "data" / "market1501"
    train, test = build(shared / "data"), build(root, split="test")
    assert (len(train), len(test)) == (7770, 2603)
    table = loadmat(root / "market_attribute.mat", simplify_cells=True)
    half = table["market_attribute"]["train"]
    female = dict(zip(map(int, half["image_index"]), half["gender"] == 2, strict=True))
    people = [int(p.name.split("_")[0]) for p in (root / "query").glob("*.jpg")]
    column = train.metainfo["classes"].index("female")
    scores = [test.get_data_info(i)["gt_score"][column] for i in range(len(people))]
    assert sum(scores) == sum(female[person] for person in people)
    ages = np.stack([test.get_data_info(i)["gt_score"][:4] for i in range(0, 2603, 50)])
    assert (ages.sum(axis=1) == 1).all()


def test_all_image_suffixes_are_read_and_hidden_files_skipped(root):
    before = len(build(root))
    image = next((root / "bounding_box_train").glob("*.jpg"))
    image.with_name(f"._{image.name}").write_bytes(b"macOS")
    image.rename(image.with_suffix(".JPG"))
    assert len(build(root)) == before


def test_damaged_and_new_formats_are_named(root):
    file = root / "market_attribute.mat"
    data = file.read_bytes()
    for content, message in [
        (bytes(512) + b"\x89HDF\r\n\x1a\n", r"format 7\.3.*-v7"),
        (data[: len(data) // 2], "is not a readable MATLAB file"),
        (b"", "it is empty"),
    ]:
        file.write_bytes(content)
        with pytest.raises(ValueError, match=rf"market_attribute\.mat' .*{message}"):
            build(root)
