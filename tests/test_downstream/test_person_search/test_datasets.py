"""Readers and data sets in the native layouts, and how bad files are told."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image
from scipy.io import loadmat, savemat

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from solider_mm.downstream import person_search as datasets  # noqa: E402
from solider_mm.synthetic import write_prw  # noqa: E402


def save_frame(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((60, 80, 3), np.uint8)).save(path)


@pytest.fixture
def prw(tmp_path):
    """Three training frames (ids 7, 483, unknown; nobody; 7) and two for testing."""
    rows = {
        "c1s1_000001": [[7, 10, 5, 20, 40], [-2, 40, 5, 20, 40], [483, -4, 5, 20, 40]],
        "c1s1_000002": np.zeros((0, 5)),
        "c2s1_000003": [[7, 10, 5, 20, 40], [9, 30, 30, 0, 10]],
        "c1s1_000004": [[3, 10, 5, 20, 40]],
        "c3s1_000005": [[3, 12, 5, 20, 40], [-2, 50, 5, 20, 40]],
    }
    names = list(rows)
    (tmp_path / "annotations").mkdir()
    for i, (name, table) in enumerate(rows.items()):
        save_frame(tmp_path / f"frames/{name}.jpg")
        key = ("box_new", "anno_file", "anno_previous")[i % 3]
        content = {key: np.array(table, dtype=float)}
        savemat(tmp_path / f"annotations/{name}.jpg.mat", content)
    for split, listed in (("train", names[:3]), ("test", names[3:])):
        cells = np.array(listed, dtype=object)[:, None]
        savemat(tmp_path / f"frame_{split}.mat", {f"img_index_{split}": cells})
    query = "3 10.0 5.0 20.0 40.0 c1s1_000004\r\n"
    (tmp_path / "query_info.txt").write_text(query, newline="")
    return tmp_path


def test_prw_training_identities_are_contiguous(prw):
    data = datasets.PRWDataset(data_root=str(prw))
    assert data.metainfo["num_persons"] == 2  # 7 and 483; 9 has no area
    assert len(data) == 2  # the frame without people is left out
    ids = [
        [i["instance_id"] for i in data.get_data_info(n)["instances"]] for n in (0, 1)
    ]
    assert ids == [[0, -1, 1], [0]]
    third = data.get_data_info(0)["instances"][2]["bbox"]
    assert third == [0, 5, 20, 45]  # clipped before the size is added
    everything = datasets.PRWDataset(data_root=str(prw), filter_empty=False)
    assert len(everything) == 3


def test_prw_test_lists_frames_then_queries(prw):
    data = datasets.PRWDataset(data_root=str(prw), split="test")
    infos = [data.get_data_info(i) for i in range(len(data))]
    assert [info["is_query"] for info in infos] == [False, False, True]
    assert [info["camera_id"] for info in infos] == [1, 3, 1]
    assert infos[1]["instances"][1]["instance_id"] == -1
    assert infos[2]["instances"] == [
        {
            "bbox": [10.0, 5.0, 30.0, 45.0],
            "bbox_label": 0,
            "instance_id": 3,
            "ignore_flag": 0,
        }
    ]
    plain = datasets.PRWDataset(data_root=str(prw), split="test", with_queries=False)
    assert len(plain) == 2


def test_missing_frames(prw):
    (prw / "frames/c3s1_000005.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"1 frames are missing.*000005"):
        datasets.PRWDataset(data_root=str(prw), split="test")
    data = datasets.PRWDataset(data_root=str(prw), split="test", skip_missing=True)
    assert len(data) == 2
    with pytest.raises(ValueError, match="split='val'"):
        datasets.PRWDataset(data_root=str(prw), split="val")


def test_broken_files_are_named(prw):
    with pytest.raises(FileNotFoundError, match="is no folder"):
        datasets.PRWDataset(data_root=str(prw / "nowhere"))
    info = prw / "query_info.txt"
    for text, message in (
        ("3 10 5 20 c1s1_000004", r"line 1 is .* expected 'id x y w h frame'"),
        ("3 10 5 0 40 c1s1_000004", "line 1 asks for a box without area"),
    ):
        info.write_text(text)
        with pytest.raises(ValueError, match=message):
            datasets.PRWDataset(data_root=str(prw), split="test")
    info.unlink()
    with pytest.raises(FileNotFoundError, match=r"query_info\.txt is missing"):
        datasets.PRWDataset(data_root=str(prw), split="test")
    annotation = prw / "annotations/c1s1_000001.jpg.mat"
    annotation.write_bytes(b"no matrix")
    with pytest.raises(ValueError, match="not a readable MATLAB file"):
        datasets.PRWDataset(data_root=str(prw))
    savemat(annotation, {"other": np.eye(2)})
    with pytest.raises(ValueError, match=r"holds \['other'\], expected box_new or"):
        datasets.PRWDataset(data_root=str(prw))
    annotation.unlink()
    with pytest.raises(FileNotFoundError, match=r"000001\.jpg\.mat is missing"):
        datasets.PRWDataset(data_root=str(prw))


def test_real_frames_of_one_camera(shared):
    root = str(shared / "data/prw_camera6")
    train = datasets.PRWDataset(data_root=root)
    assert (len(train), train.metainfo["num_persons"]) == (378, 61)
    test = datasets.PRWDataset(data_root=root, split="test")
    assert len(test) == 253 + 40


def test_drawn_scenes_are_read(tmp_path):
    root = write_prw(
        tmp_path / "prw",
        num_train_frames=3,
        num_test_frames=4,
        num_train_identities=4,
        num_test_identities=3,
        people_per_frame=3,
        size=(144, 180),
        show_progress=False,
    )
    train = datasets.PRWDataset(data_root=str(root))
    assert len(train) == 3
    assert 1 <= train.metainfo["num_persons"] <= 4
    test = datasets.PRWDataset(data_root=str(root), split="test")
    assert len(test) > 4


@pytest.fixture
def cuhk(golden_dir, tmp_path):
    """The golden tables in CUHK-SYSU's folders, with black frames."""
    tables = tmp_path / "annotation/test/train_test"
    tables.mkdir(parents=True)
    for name in ("TestG20", "TestG50"):
        source = golden_dir / f"person_search_{name}.mat"
        shutil.copy(source, tables / f"{name}.mat")
    for name in ("Images", "pool"):
        source = golden_dir / f"person_search_{name}.mat"
        shutil.copy(source, tmp_path / f"annotation/{name}.mat")
    for image in loadmat(str(source.with_name("person_search_Images.mat")))["Img"][0]:
        save_frame(tmp_path / f"Image/SSM/{image['imname'][0]}")
    return tmp_path


def test_cuhk_sysu_is_read_as_the_official_class_reads_it(cuhk, golden_dir):
    expected = json.loads((golden_dir / "person_search_metrics.json").read_text())
    expected = expected["cuhk"]
    data = datasets.CUHKSYSUDataset(
        data_root=str(cuhk), split="test", protocols=["TestG20", "TestG50"]
    )
    frames, queries = expected["images"], expected["queries"]
    assert len(data) == len(frames) + len(queries)
    for i, frame in enumerate(frames):
        info = data.get_data_info(i)
        assert info["img_path"].endswith(frame["img_name"])
        ids = [
            5555 if p["instance_id"] < 0 else p["instance_id"]
            for p in info["instances"]
        ]
        assert ids == frame["pids"]
        assert [p["bbox"] for p in info["instances"]] == frame["boxes"]
    for i, query in enumerate(queries, len(frames)):
        info = data.get_data_info(i)
        assert info["is_query"]
        assert info["img_path"].endswith(query["img_name"])
        assert info["instances"][0]["bbox"] == query["box"]
        assert info["instances"][0]["instance_id"] == query["pid"]
    tables = data.metainfo["protocols"]
    assert [len(g["frames"]) for g in tables["TestG20"]["galleries"]][:2] == [20, 20]
    with pytest.raises(ValueError, match="expected a list of names"):
        datasets.CUHKSYSUDataset(data_root=str(cuhk), protocols="TestG100")
    with pytest.raises(FileNotFoundError, match=r"TestG100\.mat is missing"):
        datasets.CUHKSYSUDataset(data_root=str(cuhk), split="test")


def test_cuhk_sysu_training_split(tmp_path):
    """Two frames outside the gallery; one of three people has a name, twice."""
    box = [("idlocate", "O"), ("ishard", "O")]

    def people(*rows):
        table = [(np.array(row, dtype=float), 0) for row in rows]
        return np.array(table, dtype=box)

    images = np.array(
        [
            ("s1.jpg", 2, people([1, 2, 30, 40], [40, 2, 20, 40])),
            ("s2.jpg", 2, people([5, 6, 30, 40], [1, 1, 0, 40])),
            ("s3.jpg", 1, people([5, 6, 30, 40])),
        ],
        dtype=[("imname", "O"), ("nAppear", "O"), ("box", "O")],
    )
    scene = [("imname", "O"), *box]
    scenes = np.array(
        [
            ("s1.jpg", np.array([40.0, 2, 20, 40]), 0),
            ("s2.jpg", np.array([5.0, 6, 30, 40]), 0),
        ],
        dtype=scene,
    )
    train = np.empty((1, 1), dtype=object)
    record = [("idname", "O"), ("nAppear", "O"), ("scene", "O")]
    train[0, 0] = np.array([[("p1", 2, scenes)]], dtype=record)
    tables = tmp_path / "annotation/test/train_test"
    tables.mkdir(parents=True)
    savemat(tables / "Train.mat", {"Train": train})
    savemat(tmp_path / "annotation/Images.mat", {"Img": images})
    pool = np.array(["s3.jpg"], dtype=object)
    savemat(tmp_path / "annotation/pool.mat", {"pool": pool})
    for name in ("s1", "s2"):
        save_frame(tmp_path / f"Image/SSM/{name}.jpg")
    data = datasets.CUHKSYSUDataset(data_root=str(tmp_path))
    ids = [
        [i["instance_id"] for i in data.get_data_info(n)["instances"]] for n in (0, 1)
    ]
    assert ids == [[-1, 0], [0]]
    assert data.metainfo["num_persons"] == 1


def test_packing_drops_boxes_that_left_the_image(prw):
    pipeline = [
        dict(type="LoadImageFromFile"),
        dict(type="mmdet.LoadTrackAnnotations"),
        dict(type="mmdet.Resize", scale=(40, 30), keep_ratio=True),
        dict(type="solider_mm.PackPersonSearchInputs", min_size=1.0),
    ]
    table = [[7, 10, 5, 20, 40], [8, 200, 5, 20, 40]]  # the second is outside
    path = prw / "annotations/c1s1_000001.jpg.mat"
    savemat(path, {"box_new": np.array(table, dtype=float)})
    data = datasets.PRWDataset(data_root=str(prw), pipeline=pipeline)
    packed = data[0]["data_samples"]
    people = packed.gt_instances
    assert people.instances_ids.tolist() == [0]
    assert len(people.labels) == len(people.bboxes) == 1
    assert packed.is_query is False
