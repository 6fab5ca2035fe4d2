import http.server
import threading
from functools import partial

import cv2
import numpy as np
import pytest
from PIL import Image

from solider_mm.inference.media import Problems, count_media, iterate_media
from solider_mm.inference.video import VideoOptions


def save(path, value=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 8), (value, 0, 0)).save(path)
    return path


@pytest.fixture
def folder(tmp_path):
    for number, name in enumerate(("b.png", "a/x.JPG", "a/._x.JPG", "c/x.png")):
        save(tmp_path / "in" / name, 10 * number)
    return tmp_path / "in"


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "v.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10, (32, 48))
    for number in range(20):
        writer.write(np.full((48, 32, 3), 10 * number, np.uint8))
    writer.release()
    return path


def test_folder_is_searched_in_order_without_hidden_files(folder):
    found = list(iterate_media(folder))
    assert [item.name for item in found] == ["a/x", "b", "c/x"]
    assert all(item.image.shape == (8, 4, 3) for item in found)


def test_glob_list_and_array(folder):
    red = np.zeros((5, 6, 3), np.uint8)
    found = list(iterate_media([str(folder / "*" / "x.*"), red, red[..., 0]]))
    assert [item.name for item in found] == ["x", "x_2", "image", "image_2"]
    assert found[2].source == "array"
    assert found[3].image.shape == (5, 6, 3)


def test_equal_names_in_two_folders_are_numbered(folder):
    names = [i.name for i in iterate_media([folder / "a", folder / "c"])]
    assert names == ["x", "x_2"]


def test_unreadable_image_is_named_and_skipped(folder):
    (folder / "broken.png").write_bytes(b"no image")
    problems = Problems()
    found = list(iterate_media(folder, problems=problems))
    assert len(found) == 3
    assert "broken.png" in problems.messages[0]
    with pytest.raises(ValueError, match=r"broken\.png"):
        list(iterate_media(folder / "broken.png"))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("nowhere.png", "does not exist and matches nothing"),
        (3.5, "of type float: expected a path"),
        ([None], "of type NoneType"),
        (np.zeros((4, 4, 3)), "float64: expected"),
        (np.zeros((0, 4, 3), np.uint8), "is empty"),
        ("webcam:front", "expected 'webcam:0'"),
    ],
)
def test_wrong_inputs_are_refused(wrong, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        list(iterate_media(wrong))


def test_empty_folder_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no image and no video"):
        list(iterate_media(tmp_path))


@pytest.mark.parametrize("backend", ["opencv", "pyav"])
def test_video_frames_with_times(video, backend):
    if backend == "pyav":
        pytest.importorskip("av")
    options = VideoOptions(step=3, start=0.5, end=1.6, backend=backend)
    found = list(iterate_media(video, video=options))
    assert [item.frame for item in found] == [6, 9, 12, 15]
    assert [item.time for item in found] == pytest.approx([0.6, 0.9, 1.2, 1.5])
    assert found[0].name == "v/000006"
    brightness = [item.image.mean() for item in found]
    assert brightness == pytest.approx([60, 90, 120, 150], abs=6)


def test_file_that_is_no_video(tmp_path):
    (tmp_path / "v.mp4").write_bytes(b"no video")
    with pytest.raises(ValueError, match=r"v\.mp4"):
        list(iterate_media(tmp_path / "v.mp4"))


@pytest.mark.parametrize(
    "wrong", [{"step": 0}, {"start": -1}, {"start": 2, "end": 1}, {"backend": "x"}]
)
def test_wrong_video_options(wrong):
    with pytest.raises(ValueError, match="expected"):
        VideoOptions(**wrong)


def test_counts_without_opening(folder, video):
    assert count_media(folder) == 3
    assert count_media([folder / "b.png", np.zeros((2, 2, 3), np.uint8)]) == 2
    assert count_media([folder, video]) is None
    assert count_media(0) is None


@pytest.fixture
def server(folder):
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def test_url(server):
    (item,) = iterate_media(f"{server}/b.png")
    assert (item.name, item.image.shape) == ("b", (8, 4, 3))
    problems = Problems()
    assert not list(iterate_media(f"{server}/none.png", problems=problems))
    assert "cannot be downloaded" in problems.messages[0]
