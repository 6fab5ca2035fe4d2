import numpy as np
import pytest
from scipy.io import savemat

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from solider_mm.downstream.person_search import PRWDataset  # noqa: E402
from solider_mm.synthetic import write_prw  # noqa: E402


def test_training_identities_are_contiguous(prw):
    data = PRWDataset(data_root=str(prw))
    assert data.metainfo["num_persons"] == 2  # 7 and 483; 9 has no area
    assert len(data) == 2  # the frame without people is left out
    ids = [
        [i["instance_id"] for i in data.get_data_info(n)["instances"]] for n in (0, 1)
    ]
    assert ids == [[0, -1, 1], [0]]
    third = data.get_data_info(0)["instances"][2]["bbox"]
    assert third == [0, 5, 20, 45]  # clipped before the size is added
    everything = PRWDataset(data_root=str(prw), filter_empty=False)
    assert len(everything) == 3


def test_test_split_lists_frames_then_queries(prw):
    data = PRWDataset(data_root=str(prw), split="test")
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
    plain = PRWDataset(data_root=str(prw), split="test", with_queries=False)
    assert len(plain) == 2


def test_missing_frames(prw):
    (prw / "frames/c3s1_000005.jpg").unlink()
    with pytest.raises(FileNotFoundError, match=r"1 frames are missing.*000005"):
        PRWDataset(data_root=str(prw), split="test")
    data = PRWDataset(data_root=str(prw), split="test", skip_missing=True)
    assert len(data) == 2
    with pytest.raises(ValueError, match="split='val'"):
        PRWDataset(data_root=str(prw), split="val")


def test_refuses_training_without_labeled_identities(prw):
    for path in (prw / "annotations").iterdir():
        savemat(path, {"box_new": np.array([[-2.0, 10, 5, 20, 40]])})
    with pytest.raises(ValueError, match=r"3 training frames .* no labeled identity"):
        PRWDataset(data_root=str(prw))


def test_errors_name_broken_files(prw):
    with pytest.raises(FileNotFoundError, match="is not a folder"):
        PRWDataset(data_root=str(prw / "nowhere"))
    info = prw / "query_info.txt"
    for text, message in (
        ("3 10 5 20 c1s1_000004", r"line 1 is .* expected 'id x y w h frame'"),
        ("3 10 5 0 40 c1s1_000004", "line 1 has a query box without area"),
    ):
        info.write_text(text)
        with pytest.raises(ValueError, match=message):
            PRWDataset(data_root=str(prw), split="test")
    info.unlink()
    with pytest.raises(FileNotFoundError, match=r"query_info\.txt is missing"):
        PRWDataset(data_root=str(prw), split="test")
    annotation = prw / "annotations/c1s1_000001.jpg.mat"
    annotation.write_bytes(b"no matrix")
    with pytest.raises(ValueError, match="not a readable MATLAB file"):
        PRWDataset(data_root=str(prw))
    savemat(annotation, {"other": np.eye(2)})
    with pytest.raises(ValueError, match=r"contains \['other'\], expected box_new or"):
        PRWDataset(data_root=str(prw))
    annotation.unlink()
    with pytest.raises(FileNotFoundError, match=r"000001\.jpg\.mat is missing"):
        PRWDataset(data_root=str(prw))


def test_counts_of_camera_6(shared):
    root = str(shared / "data/prw_camera6")
    train = PRWDataset(data_root=root)
    assert (len(train), train.metainfo["num_persons"]) == (378, 61)
    test = PRWDataset(data_root=root, split="test")
    assert len(test) == 253 + 40


def test_reads_synthetic_scenes(tmp_path):
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
    train = PRWDataset(data_root=str(root))
    assert len(train) == 3
    assert 1 <= train.metainfo["num_persons"] <= 4
    test = PRWDataset(data_root=str(root), split="test")
    assert len(test) > 4


@pytest.mark.parametrize("suffix", [".JPG", ".png"])
def test_frames_of_any_image_suffix(prw, suffix):
    expected = [i["img_path"] for i in infos_of(prw)]
    for path in list((prw / "frames").iterdir()):
        path.rename(path.with_suffix(suffix))
    assert [i["img_path"] for i in infos_of(prw)] == [
        path.removesuffix(".jpg") + suffix for path in expected
    ]
    for path in list((prw / "annotations").iterdir()):
        path.rename(path.with_name(path.name.replace(".jpg", suffix)))
    assert len(infos_of(prw)) == len(expected)


def infos_of(root):
    data = PRWDataset(data_root=str(root), split="test")
    return [data.get_data_info(index) for index in range(len(data))]


def test_refuses_a_list_without_queries(prw):
    (prw / "query_info.txt").write_text("\n \n")
    with pytest.raises(ValueError, match=r"query_info\.txt lists no query"):
        PRWDataset(data_root=str(prw), split="test")
    assert len(PRWDataset(data_root=str(prw), split="test", with_queries=False)) == 2
