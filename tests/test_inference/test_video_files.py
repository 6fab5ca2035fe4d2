"""Real small videos: rotated ones, and ones with broken frames."""

import struct

import cv2
import numpy as np
import pytest

from solider_mm.inference.media import Problems, iterate_media
from solider_mm.inference.video import VideoOptions

BACKENDS = ["opencv", "pyav"]


@pytest.fixture(autouse=True)
def _backend(request):
    if "backend" in request.fixturenames and request.getfixturevalue("backend") == (
        "pyav"
    ):
        pytest.importorskip("av")


def write_video(path, frames, code):
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(
        str(path), cv2.VideoWriter.fourcc(*code), 10, (width, height)
    )
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[..., ::-1]))
    writer.release()


def corner_frame():
    """Black with a white top left corner."""
    frame = np.zeros((64, 96, 3), np.uint8)
    frame[:24, :24] = 255
    return frame


def set_rotation(path, matrix):
    """Write a rotation into the track header, as phones do."""
    content = bytearray(path.read_bytes())
    place = content.index(b"tkhd") + 4 + 40  # version 0: the matrix is at byte 40
    fixed = [
        round(v * (1 << 30 if n % 3 == 2 else 1 << 16)) for n, v in enumerate(matrix)
    ]
    content[place : place + 36] = struct.pack(">9i", *fixed)
    path.write_bytes(content)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("matrix", "shape", "corner"),
    [
        ((1, 0, 0, 0, 1, 0, 0, 0, 1), (64, 96), (0, 0)),
        ((0, 1, 0, -1, 0, 0, 64, 0, 1), (96, 64), (0, -1)),  # a quarter clockwise
        ((-1, 0, 0, 0, -1, 0, 96, 64, 1), (64, 96), (-1, -1)),
        ((0, -1, 0, 1, 0, 0, 0, 96, 1), (96, 64), (-1, 0)),
    ],
)
def test_rotation_is_honored(tmp_path, backend, matrix, shape, corner):
    path = tmp_path / "phone.mp4"
    write_video(path, [corner_frame()] * 3, "mp4v")
    set_rotation(path, matrix)
    found = list(iterate_media(path, video=VideoOptions(backend=backend)))
    assert len(found) == 3
    image = found[0].image
    assert image.shape[:2] == shape
    white = {
        (row, column): image[(slice(0, 16) if row == 0 else slice(-16, None))][
            :, (slice(0, 16) if column == 0 else slice(-16, None))
        ].mean()
        for row in (0, -1)
        for column in (0, -1)
    }
    assert max(white, key=white.get) == corner
    assert white[corner] > 200


@pytest.mark.parametrize("backend", BACKENDS)
def test_broken_frames_are_counted(tmp_path, backend):
    path = tmp_path / "cut.avi"
    write_video(
        path, [np.full((64, 96, 3), 20 * n, np.uint8) for n in range(10)], "MJPG"
    )
    content = bytearray(path.read_bytes())
    start = -1
    for _ in range(5):  # the fifth frame's JPEG
        start = content.index(b"\xff\xd8\xff", start + 1)
    content[start : start + 200] = bytes(200)
    path.write_bytes(content)
    problems = Problems()
    options = VideoOptions(backend=backend)
    found = list(iterate_media(path, video=options, problems=problems))
    assert len(found) == 9
    assert len(problems) == 1
    assert "1 broken frames were skipped" in problems.messages[0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_video_without_frames(tmp_path, backend):
    path = tmp_path / "none.avi"
    write_video(path, [corner_frame()], "MJPG")
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"\xff\xd8\xff")])
    problems = Problems()
    options = VideoOptions(backend=backend)
    assert not list(iterate_media(path, video=options, problems=problems))
    assert "none.avi" in problems.messages[-1]


@pytest.mark.parametrize("backend", BACKENDS)
def test_start_after_the_end(tmp_path, backend):
    write_video(tmp_path / "short.avi", [corner_frame()] * 3, "MJPG")
    problems = Problems()
    options = VideoOptions(start=9, backend=backend)
    assert not list(iterate_media(tmp_path, video=options, problems=problems))
    assert "has no frame at 9 s or later" in problems.messages[0]


def test_webcam(monkeypatch):
    class Camera:
        def __init__(self, number):
            self.left = 3 if number == 1 else 0

        def isOpened(self):  # noqa: N802  OpenCV's name
            return self.left > 0

        def get(self, _):
            return 30.0

        def read(self):
            self.left -= 1
            return (True, corner_frame()) if self.left >= 0 else (False, None)

        def release(self):
            self.left = 0

    monkeypatch.setattr(cv2, "VideoCapture", Camera)
    for given in (1, "webcam:1"):
        found = list(iterate_media(given))
        assert [item.name for item in found] == [f"webcam1/{n:06d}" for n in range(3)]
        assert found[2].time == pytest.approx(2 / 30)
    with pytest.raises(ValueError, match="webcam 0 cannot be opened"):
        list(iterate_media("webcam:0"))
