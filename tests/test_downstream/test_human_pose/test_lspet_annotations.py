import numpy as np
import pytest

pytestmark = pytest.mark.host("mmpose")
pytest.importorskip("mmpose")

from scipy.io import savemat  # noqa: E402

from solider_mm.downstream.human_pose.lspet_annotations import (  # noqa: E402
    read_joints,
    read_lspet,
)


def read(folder, numbers=None):
    return read_lspet(folder / "joints.mat", folder / "images", numbers)


def test_reads_one_row_per_person(lspet, person):
    joints = read_joints(lspet / "joints.mat")
    assert joints.shape == (4, 14, 3)
    assert np.array_equal(joints[0], person)


def test_box_and_joints_by_hand(lspet, person):
    entry = read(lspet)["annotations"][0]
    # Joints from x 22 to 58 and y 16 to 110; a tenth of 94 is 9.4.
    assert entry["bbox"] == pytest.approx([12.6, 6.6, 54.8, 112.4])
    assert entry["area"] == pytest.approx(0.53 * 54.8 * 112.4)
    assert entry["num_keypoints"] == 14
    triplets = np.reshape(entry["keypoints"], (14, 3))
    assert np.array_equal(triplets[:, :2], person[:, :2])
    assert set(triplets[:, 2]) == {2.0}


def test_box_is_clipped_to_the_photo(lspet):
    entry = read(lspet)["annotations"][1]
    x, y, width, height = entry["bbox"]
    assert x >= 0
    assert y >= 0
    assert (x + width, y + height) == pytest.approx((79, 119))
    triplets = np.reshape(entry["keypoints"], (14, 3))
    assert entry["num_keypoints"] == 11
    assert np.array_equal(triplets[:3], np.zeros((3, 3)))
    assert triplets[5].tolist() == [79.6, 121.3, 2.0]


def test_person_without_labeled_joints(lspet):
    entry = read(lspet)["annotations"][2]
    assert entry["num_keypoints"] == 0
    assert entry["bbox"] == [0, 0, 0, 0]
    assert not any(entry["keypoints"])


def test_nan_joint_is_unlabeled(lspet, person):
    person[4, 0] = np.nan
    savemat(lspet / "joints.mat", {"joints": person[:, :, None]})
    entry = read(lspet, (1, 1))["annotations"][0]
    assert entry["num_keypoints"] == 13
    assert entry["keypoints"][12:15] == [0, 0, 0]


def test_images_and_category(lspet):
    content = read(lspet, (2, 3))
    assert content["images"] == [
        {"id": n, "file_name": f"im0000{n}.jpg", "height": 120, "width": 80}
        for n in (2, 3)
    ]
    assert [entry["image_id"] for entry in content["annotations"]] == [2, 3]
    assert content["categories"][0]["keypoints"][0] == "right_ankle"


def test_missing_photos(lspet):
    (lspet / "images" / "im00002.jpg").unlink()
    assert [entry["id"] for entry in read(lspet)["images"]] == [1, 3, 4]
    with pytest.raises(FileNotFoundError, match=r"1 of the photos.*im00002\.jpg"):
        read(lspet, (1, 4))


@pytest.mark.parametrize("numbers", [(0, 2), (3, 2), (1, 5)])
def test_refuses_invalid_range(lspet, numbers):
    with pytest.raises(ValueError, match=r"numbers is .* last <= 4"):
        read(lspet, numbers)


def test_error_names_unreadable_photo(lspet):
    (lspet / "images" / "im00001.jpg").write_bytes(b"no image")
    with pytest.raises(ValueError, match=r"im00001\.jpg' is not a readable image"):
        read(lspet)


def test_error_names_missing_or_broken_file(lspet):
    with pytest.raises(FileNotFoundError, match=r"nothing\.mat is missing"):
        read_joints(lspet / "nothing.mat")
    for content in (b"", b"no matrix" * 40):
        (lspet / "joints.mat").write_bytes(content)
        with pytest.raises(ValueError, match="is not a readable MATLAB file"):
            read_joints(lspet / "joints.mat")


@pytest.mark.parametrize("shape", [(14, 3, 0), (14, 2, 5), (14, 3)])
def test_refuses_other_shapes(lspet, shape):
    savemat(lspet / "joints.mat", {"joints": np.zeros(shape)})
    with pytest.raises(ValueError, match=r"expected \(14, 3, N\)"):
        read_joints(lspet / "joints.mat")


def test_counts_of_lsp_extended(shared):
    content = read(shared / "data" / "lspet")
    assert len(content["images"]) == 2000
    labeled = [entry["num_keypoints"] for entry in content["annotations"]]
    assert sum(labeled) == 24639
    assert min(labeled) == 5


def test_photos_with_upper_case_suffix_are_read(lspet):
    photo = lspet / "images" / "im00002.jpg"
    photo.rename(photo.with_suffix(".JPG"))
    names = [image["file_name"] for image in read(lspet)["images"]]
    assert names[:2] == ["im00001.jpg", "im00002.JPG"]


def test_matlab_format_7_3_is_named(lspet):
    (lspet / "joints.mat").write_bytes(bytes(512) + b"\x89HDF\r\n\x1a\n")
    with pytest.raises(ValueError, match=r"joints\.mat' has .*7\.3.*-v7"):
        read(lspet)
