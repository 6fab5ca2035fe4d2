"""Turn what a user names (files, folders, globs, arrays, URLs, videos) into images."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlparse

import numpy as np
from numpy.typing import NDArray

from solider_mm.fileio.download import download
from solider_mm.fileio.image_io import read_image
from solider_mm.fileio.media_files import is_video, media_files
from solider_mm.inference.video import VideoOptions, iterate_video

__all__ = ["MediaImage", "Problems", "iterate_media"]

_WEBCAM = "webcam:"


@dataclass(frozen=True)
class MediaImage:
    """One image to answer for.

    Attributes:
        image: Pixels (H, W, 3) uint8, RGB, upright.
        source: File, URL, `"webcam:N"` or `"array"` that the image came from.
        name: Relative path without suffix under which results are written; unique
            within one call.
        frame: Frame number within a video, from 0; None for still images.
        time: Seconds from the start of a video; None for still images.
        box: x1, y1, x2, y2 in pixels of the input, if this is one person cut from it.
        people: Boxes (N, 4) of the people, where they are known.
    """

    image: NDArray[np.uint8]
    source: str
    name: str
    frame: int | None = None
    time: float | None = None
    box: tuple[int, int, int, int] | None = None
    people: NDArray[np.float32] | None = None


@dataclass
class Problems:
    """Inputs that could not be read.

    Attributes:
        messages: One sentence for each, in order.
    """

    messages: list[str] = field(default_factory=list)

    def add(self, message: str) -> None:
        """Note one input that is skipped."""
        self.messages.append(message)

    def __len__(self) -> int:
        return len(self.messages)


def iterate_media(
    inputs: Any, *, video: VideoOptions | None = None, problems: Problems | None = None
) -> Iterator[MediaImage]:
    """Yield the images of all inputs, one at a time.

    Args:
        inputs: A path of an image, a video or a folder; a glob pattern; an `http(s)`
            URL; `"webcam:0"` or a webcam number; an array (H, W, 3) or (H, W) uint8,
            RGB; or a sequence of these. Folders are searched recursively.
        video: Which frames of a video are taken; every frame by default.
        problems: Collects a sentence for each image that cannot be read. Without it
            the first such image raises.

    Yields:
        Images in the order given; those of a folder sorted by path.

    Raises:
        FileNotFoundError: If a path does not exist or a folder holds no image.
        ValueError: If an input is of an unknown kind, or, without `problems`, cannot
            be read.
    """
    names = _UniqueNames()
    for item in _as_list(inputs):
        yield from _iterate_one(item, names, video or VideoOptions(), problems)


def _as_list(inputs: Any) -> Iterable[Any]:
    if isinstance(inputs, str | Path | int | np.ndarray):
        return [inputs]
    if isinstance(inputs, Iterable):
        return inputs
    raise ValueError(
        f"input of type {type(inputs).__name__}: expected a path, a URL, an array "
        "(H, W, 3), a webcam number or a sequence of these"
    )


def _iterate_one(
    item: Any, names: "_UniqueNames", video: VideoOptions, problems: Problems | None
) -> Iterator[MediaImage]:
    if isinstance(item, np.ndarray):
        yield MediaImage(_checked_array(item), "array", names.take("image"))
    elif isinstance(item, bool) or not isinstance(item, str | Path | int):
        raise ValueError(
            f"input {item!r} of type {type(item).__name__}: expected a path, a URL, an "
            "array (H, W, 3) or a webcam number"
        )
    elif isinstance(item, int) or str(item).startswith(_WEBCAM):
        number = item if isinstance(item, int) else _webcam_number(str(item))
        source = f"{_WEBCAM}{number}"
        yield from _frames(number, source, f"webcam{number}", names, video)
    elif urlparse(str(item)).scheme in ("http", "https"):
        yield from _iterate_url(str(item), names, video, problems)
    else:
        for path, root in media_files(str(item)):
            name = path.relative_to(root).with_suffix("").as_posix()
            yield from _iterate_file(path, str(path), name, names, video, problems)


def _webcam_number(text: str) -> int:
    number = text.removeprefix(_WEBCAM)
    if not number.isdigit():
        raise ValueError(f"webcam is {text!r}, expected 'webcam:0' or another number")
    return int(number)


def _checked_array(array: NDArray[Any]) -> NDArray[np.uint8]:
    image = np.repeat(array[..., None], 3, axis=2) if array.ndim == 2 else array
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(
            f"array of shape {array.shape} and type {array.dtype}: expected (H, W, 3) "
            "or (H, W) of uint8, RGB; convert it first"
        )
    if 0 in image.shape:
        raise ValueError(f"array of shape {array.shape} is empty: expected pixels")
    return np.ascontiguousarray(image)


def _iterate_file(
    path: Path,
    source: str,
    name: str,
    names: "_UniqueNames",
    video: VideoOptions,
    problems: Problems | None,
) -> Iterator[MediaImage]:
    try:
        if is_video(path):
            yield from _frames(path, source, name, names, video, problems)
            return
        image = read_image(path)
    except (OSError, ValueError) as error:
        if problems is None:
            raise
        problems.add(str(error))
        return
    yield MediaImage(image, source, names.take(name))


def _iterate_url(
    url: str, names: "_UniqueNames", video: VideoOptions, problems: Problems | None
) -> Iterator[MediaImage]:
    file = PurePosixPath(unquote(urlparse(url).path))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / (file.name or "image")
        try:
            download(url, target)
        except (OSError, ValueError) as error:
            if problems is None:
                raise
            problems.add(str(error))
            return
        name = file.stem or "image"
        yield from _iterate_file(target, url, name, names, video, problems)


def _frames(
    opened: Path | int,
    source: str,
    name: str,
    names: "_UniqueNames",
    video: VideoOptions,
    problems: Problems | None = None,
) -> Iterator[MediaImage]:
    unique = names.take(name)
    on_problem = None if problems is None else problems.add
    for image, frame, time in iterate_video(opened, video, on_problem=on_problem):
        yield MediaImage(image, source, f"{unique}/{frame:06d}", frame, time)


class _UniqueNames:
    """Gives each result a name of its own: a, then a_2, a_3 and so on."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, name: str) -> str:
        unique, number = name, 2
        while unique in self._taken:
            unique, number = f"{name}_{number}", number + 1
        self._taken.add(unique)
        return unique


def count_media(inputs: Any) -> int | None:
    """Number of images, where it is known without opening a video.

    Args:
        inputs: As for `iterate_media`.

    Returns:
        The number, or None for videos, webcams and generators.

    Raises:
        FileNotFoundError: If a path does not exist.
    """
    if not isinstance(inputs, str | Path | int | np.ndarray | Sequence):
        return None
    total = 0
    for item in _as_list(inputs):
        if isinstance(item, int):
            return None
        if isinstance(item, np.ndarray) or "://" in str(item):
            total += 1
            continue
        if str(item).startswith(_WEBCAM):
            return None
        files = [path for path, _ in media_files(str(item))]
        if any(map(is_video, files)):
            return None
        total += len(files)
    return total
