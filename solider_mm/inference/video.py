"""Read videos frame by frame: mmcv's reader, or PyAV where exact times matter."""

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["VideoFrame", "VideoOptions", "iterate_video"]

_DEFAULT_RATE = 25.0


@dataclass(frozen=True)
class VideoOptions:
    """Which frames are taken.

    Attributes:
        step: Every how many frames one is taken, at least 1.
        start: Seconds at which to begin.
        end: Seconds at which to stop; None goes on to the last frame.
        backend: `"opencv"` (mmcv's reader) or `"pyav"` (extra `[video]`: exact
            times, streams); None takes PyAV where it is installed.

    Raises:
        ValueError: If `step` is below 1, `start` negative, or `end` not after it.
    """

    step: int = 1
    start: float = 0.0
    end: float | None = None
    backend: str | None = None

    def __post_init__(self) -> None:
        if self.step < 1:
            raise ValueError(f"frame step is {self.step}, expected 1 or more")
        if self.start < 0 or (self.end is not None and self.end <= self.start):
            raise ValueError(
                f"start is {self.start:g} s and end {self.end} s: expected 0 <= start "
                "< end"
            )
        if self.backend not in (None, "opencv", "pyav"):
            raise ValueError(
                f"video backend is {self.backend!r}, expected 'opencv' or 'pyav'"
            )


class VideoFrame(NamedTuple):
    """One frame.

    Attributes:
        image: (H, W, 3) uint8, RGB, rotated as the file says.
        frame: Frame number from 0.
        time: Seconds from the start.
    """

    image: NDArray[np.uint8]
    frame: int
    time: float


def iterate_video(
    source: str | Path | int,
    options: VideoOptions | None = None,
    *,
    on_problem: Callable[[str], object] | None = None,
) -> Iterator[VideoFrame]:
    """Yield frames one at a time; memory does not grow with the length.

    Args:
        source: File, or number of a webcam.
        options: Which frames are taken.
        on_problem: Called with a sentence if frames are broken.

    Yields:
        Frames in order.

    Raises:
        ValueError: If the file is no video or has no frame.
        ImportError: If the PyAV backend is asked for but not installed.
    """
    options = options or VideoOptions()
    read = _read_pyav if _uses_pyav(source, options) else _read_opencv
    count = taken = broken = 0
    for image, index, time in read(source):
        if options.end is not None and time >= options.end:
            break
        if image is None:
            broken += 1
            continue
        count += 1
        if time >= options.start and index % options.step == 0:
            taken += 1
            yield VideoFrame(image, index, time)
    if broken and on_problem is not None:
        on_problem(f"{source}: {broken} broken frames were skipped")
    if count and not taken and on_problem is not None:
        on_problem(f"{source} has no frame at {options.start:g} s or later")
    if not count:
        raise ValueError(
            f"{source} has no readable frame: check the file, or convert it to .mp4"
        )


def _uses_pyav(source: str | Path | int, options: VideoOptions) -> bool:
    if options.backend == "opencv" or isinstance(source, int):
        return False
    installed = importlib.util.find_spec("av") is not None
    if options.backend == "pyav" and not installed:
        raise ImportError(
            "the video backend 'pyav' is not installed: run "
            "`pip install 'solider_mm[video]'`"
        )
    return installed


def _read_opencv(source: str | Path | int) -> Iterator[tuple[Any, int, float]]:
    import cv2  # noqa: PLC0415  only videos need it
    from mmcv import VideoReader  # noqa: PLC0415

    if isinstance(source, int):
        capture = cv2.VideoCapture(source)
        if not capture.isOpened():
            raise ValueError(f"webcam {source} cannot be opened: check its number")
        rate = capture.get(cv2.CAP_PROP_FPS) or _DEFAULT_RATE
        frames: Iterator[Any] = _captured(capture)
    else:
        reader = VideoReader(str(source), cache_capacity=1)
        if not reader.opened:
            raise ValueError(f"{source} cannot be opened as a video: check the file")
        rate = reader.fps or _DEFAULT_RATE
        # Reading on after a broken frame: the container may promise more than it has.
        frames = (reader.read() for _ in range(max(0, reader.frame_cnt)))
    for index, frame in enumerate(frames):
        image = None if frame is None else np.ascontiguousarray(frame[..., ::-1])
        yield image, index, index / rate


def _captured(capture: Any) -> Iterator[Any]:
    """Frames of a webcam until it ends."""
    try:
        while (frame := capture.read()[1]) is not None:
            yield frame
    finally:
        capture.release()


def _read_pyav(source: str | Path | int) -> Iterator[tuple[Any, int, float]]:
    import av  # noqa: PLC0415  an optional extra

    try:
        container = av.open(str(source))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)  # not its errno
        raise ValueError(
            f"{source} cannot be opened as a video ({reason}): check the file, or "
            "convert it to .mp4"
        ) from error
    with container:
        if not container.streams.video:
            raise ValueError(f"{source} has no video stream: give another file")
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        rate = float(stream.average_rate or _DEFAULT_RATE)
        index = 0
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except (OSError, ValueError):
                yield None, index, index / rate
                index += 1
                continue
            for frame in frames:
                time = float(frame.time) if frame.time is not None else index / rate
                image = frame.to_ndarray(format="rgb24")
                turns = round((frame.rotation or 0) / 90) % 4
                yield np.ascontiguousarray(np.rot90(image, turns)), index, time
                index += 1
