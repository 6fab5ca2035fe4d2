import json
import shutil

import numpy as np
import pytest
from scipy.io import loadmat, savemat

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from solider_mm.downstream.person_search import CUHKSYSUDataset  # noqa: E402


@pytest.fixture
def cuhk(golden_dir, tmp_path, write_frame):
    """The golden tables in CUHK-SYSU's layout, with black frames."""
    tables = tmp_path / "annotation/test/train_test"
    tables.mkdir(parents=True)
    for name in ("TestG20", "TestG50"):
        source = golden_dir / f"person_search_{name}.mat"
        shutil.copy(source, tables / f"{name}.mat")
    for name in ("Images", "pool"):
        source = golden_dir / f"person_search_{name}.mat"
        shutil.copy(source, tmp_path / f"annotation/{name}.mat")
    for image in loadmat(str(source.with_name("person_search_Images.mat")))["Img"][0]:
        write_frame(tmp_path / f"Image/SSM/{image['imname'][0]}")
    return tmp_path


def test_golden_test_split(cuhk, golden_dir):
    expected = json.loads((golden_dir / "person_search_metrics.json").read_text())
    expected = expected["cuhk"]
    data = CUHKSYSUDataset(
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
        CUHKSYSUDataset(data_root=str(cuhk), protocols="TestG100")
    with pytest.raises(FileNotFoundError, match=r"TestG100\.mat is missing"):
        CUHKSYSUDataset(data_root=str(cuhk), split="test")


def test_training_split(tmp_path, write_frame):
    """Two frames outside of the gallery; one labeled person is in both."""
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
        write_frame(tmp_path / f"Image/SSM/{name}.jpg")
    data = CUHKSYSUDataset(data_root=str(tmp_path))
    ids = [
        [i["instance_id"] for i in data.get_data_info(n)["instances"]] for n in (0, 1)
    ]
    assert ids == [[-1, 0], [0]]
    assert data.metainfo["num_persons"] == 1
