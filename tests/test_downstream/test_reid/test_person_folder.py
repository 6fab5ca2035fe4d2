"""Own crops, from names or from a CSV."""

from pathlib import Path

import pytest
from mmengine.registry import DATASETS

from solider_mm.downstream.reid import PersonFolder

PATTERN = r"(?P<person_id>-1|\d+)_cam(?P<camera_id>\d+)_.*"
BY_FOLDER = r"(?P<person_id>[^/]+)/(?P<camera_id>[a-z]+)\d*\.png"


def _touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def _columns(dataset: PersonFolder, *keys: str) -> list[tuple]:
    infos = map(dataset.get_data_info, range(len(dataset)))
    return [tuple(info[key] for key in keys) for info in infos]


def _csv(root: Path, *lines: str, header: str = "path,person_id,camera_id,split"):
    (root / "people.csv").write_text("\n".join([header, *lines]))
    return dict(data_root=root, csv_file="people.csv")


def test_reads_numbers_from_names(tmp_path: Path) -> None:
    root = _touch(
        tmp_path / "9_cam9_9",
        "train/0012_cam3_1.jpg",
        "train/0004_cam10_1.jpg",
        "train/-1_cam3_1.jpg",
    )
    dataset = PersonFolder(data_root=root, pattern=PATTERN)
    expected = [(4, 0, 1), (12, 1, 0)]  # camera 10 is after camera 3
    assert _columns(dataset, "person_id", "gt_label", "camera_id") == expected


def test_reads_names_from_folders(tmp_path: Path) -> None:
    names = ("all/bo/hall.png", "all/anna/hall2.png", "all/anna/door.png")
    _touch(tmp_path, *names, "search/bo/yard.png")
    parts = dict(query="search", gallery="all")
    options = dict(data_root=tmp_path, pattern=BY_FOLDER, folders=parts)
    test = PersonFolder(**options, split="test")
    # Identity and camera have the same number in query and gallery.
    assert _columns(test, "person_id", "camera_id", "is_query") == [
        (1, 2, True),
        (0, 0, False),
        (0, 1, False),
        (1, 1, False),
    ]
    query = PersonFolder(**options, split="query")
    assert _columns(query, "person_id", "camera_id") == [(1, 2)]


def test_reads_csv(tmp_path: Path) -> None:
    _touch(tmp_path, "a.jpg", "b/c.jpg", "d.jpg")
    source = _csv(
        tmp_path,
        "d.jpg,bo,west,query,x",
        "a.jpg,anna,east,train,y",
        "b/c.jpg, bo ,east,gallery,z",
        header="\ufeffpath,person_id,camera_id,split,remark",
    )
    columns = ("img_path", "person_id", "camera_id")
    train = PersonFolder(**source)
    assert _columns(train, *columns, "gt_label") == [(str(tmp_path / "a.jpg"), 0, 0, 0)]
    assert _columns(PersonFolder(**source, split="test"), *columns) == [
        (str(tmp_path / "d.jpg"), 1, 1),
        (str(tmp_path / "b/c.jpg"), 1, 0),
    ]


def test_keeps_original_names(tmp_path: Path) -> None:
    _touch(tmp_path, "a.jpg", "d.jpg")
    source = _csv(tmp_path, "d.jpg,bo,7,query", "a.jpg,anna,3,gallery")
    meta = PersonFolder(**source, split="test").metainfo
    assert meta["identity_names"] == {0: "anna", 1: "bo"}
    assert meta["camera_names"] == {0: "3", 1: "7"}


def test_query_and_gallery_may_lack_labels(tmp_path: Path) -> None:
    _touch(tmp_path, "a.jpg", "d.jpg", "query/x.jpg", "gallery/y.jpg")
    source = _csv(tmp_path, "d.jpg,,,query", "a.jpg,5,2,gallery")
    test = PersonFolder(**source, split="test")
    assert _columns(test, "person_id", "camera_id") == [(-2, -1), (5, 0)]
    assert test.metainfo["num_identities"] == 1
    by_folder = PersonFolder(data_root=tmp_path, pattern=r".*\.jpg", split="test")
    assert _columns(by_folder, "person_id", "camera_id") == [(-2, -1)] * 2


@pytest.mark.parametrize(
    ("line", "error", "message"),
    [
        ("a.jpg,1,1,val", ValueError, r"line 2 of .*people\.csv' is 'a\.jpg,1,1,val'"),
        ("a.jpg,1,,train", ValueError, "line 2 of .*: expected path, person_id"),
        ("a.jpg,1", ValueError, "line 2 of "),
        ("b.jpg,1,1,train", FileNotFoundError, r"people\.csv' do not exist.*b\.jpg'"),
        ("a.jpg,1,1,query", ValueError, "train of .* has no person"),
    ],
)
def test_refuses_invalid_csv_line(tmp_path, line, error, message) -> None:
    _touch(tmp_path, "a.jpg")
    with pytest.raises(error, match=message):
        PersonFolder(**_csv(tmp_path, line))


def test_refuses_csv_without_column(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no column camera_id, split: expected"):
        PersonFolder(**_csv(tmp_path, header="path,person_id"))
    (tmp_path / "people.csv").write_bytes("path,J\xf6rg".encode("latin-1"))
    with pytest.raises(
        ValueError, match=r"people\.csv' is not valid utf-8 .* save it again"
    ):
        PersonFolder(data_root=tmp_path, csv_file="people.csv")
    with pytest.raises(FileNotFoundError, match=r"nothing\.csv' does not exist"):
        PersonFolder(data_root=tmp_path, csv_file="nothing.csv")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(), "pattern=None and csv_file=None: expected exactly one"),
        (dict(pattern=PATTERN, csv_file="x.csv"), "expected exactly one"),
        (dict(pattern="(?P<person_id>"), "is not a regular expression"),
        (dict(pattern=r"(?P<person_id>\d+)"), "has no group camera_id: expected named"),
        (dict(pattern=PATTERN, folders=dict(test="x")), "expected only the keys train"),
        (dict(pattern=PATTERN), "'holiday.jpg' in .*train' has no identity and camera"),
    ],
)
def test_refuses_invalid_options(tmp_path, options, message) -> None:
    _touch(tmp_path, "train/holiday.jpg")
    with pytest.raises(ValueError, match=message):
        PersonFolder(data_root=tmp_path, **options)


def test_builds_from_config(tmp_path: Path) -> None:
    _touch(tmp_path, "train/1_cam1_0.jpg")
    config = dict(
        type="solider_mm.PersonFolder", data_root=str(tmp_path), pattern=PATTERN
    )
    assert len(DATASETS.build(config)) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_csv_in_unicode_with_backslashes(tmp_path: Path, encoding: str) -> None:
    _touch(tmp_path, "größe/a.jpg")
    options = _csv(tmp_path, r"größe\a.jpg,1,1,train")
    file = tmp_path / "people.csv"
    file.write_bytes(file.read_text().encode(encoding))
    dataset = PersonFolder(**options)
    assert _columns(dataset, "img_path") == [(str(tmp_path / "größe" / "a.jpg"),)]
