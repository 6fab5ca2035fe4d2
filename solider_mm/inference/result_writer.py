"""Write results: JSON Lines, pictures and videos."""

import errno
import json
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

import cv2
import numpy as np
from numpy.typing import NDArray

from solider_mm.fileio.image_io import write_image
from solider_mm.inference.media import MediaImage

if TYPE_CHECKING:
    from solider_mm.inference.person_inferencer import PersonInferencer, Result

__all__ = ["ResultWriter"]

_VIDEO_RATE = 25.0


class ResultWriter:
    """Writes `predictions.jsonl`, `pictures/` and `videos/` into a folder.

    Rows are written as they come; the file takes its name at the end, also when the
    run is interrupted, and holds whole rows only. It is empty if nobody was found.

    Args:
        out_dir: Folder; made if missing.
        inferencer: Inferencer whose `row` makes the JSON.
    """

    def __init__(self, out_dir: str | Path, inferencer: "PersonInferencer") -> None:
        self.folder = Path(out_dir)
        self.inferencer = inferencer
        self.rows = self.folder / f"{inferencer.rows_name}.jsonl"
        self._partial = self.folder / f".{self.rows.name}.tmp"
        self._stream: TextIO | None = None
        self._video: _VideoFile | None = None

    def __enter__(self) -> "ResultWriter":
        self.folder.mkdir(parents=True, exist_ok=True)
        self._stream = self._partial.open("w", encoding="utf-8")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._video is not None:
            self._video.close()
        if self._stream is not None:
            self._stream.close()
            if kind is None or self._partial.stat().st_size:
                self._partial.replace(self.rows)
            else:
                self._partial.unlink()

    def write(self, item: MediaImage, result: "Result", with_picture: bool) -> None:
        """Append the row of a result.

        Args:
            item: Its image.
            result: The result.
            with_picture: Whether its `visualization` is written.

        Raises:
            OSError: If there is no room left; what was written before is kept.
        """
        try:
            self._write(item, result, with_picture)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise OSError(
                f"{self.folder} has no room left: the results of the images before "
                f"{item.name} are kept there; free space, or give another folder"
            ) from error

    def _write(self, item: MediaImage, result: "Result", with_picture: bool) -> None:
        if with_picture:
            self.write_picture(item, result["visualization"])
        row = self.inferencer.row(result) | self.inferencer.write_files(
            self.folder, item, result
        )
        if self._stream is not None:
            json.dump(row, self._stream, ensure_ascii=False)
            self._stream.write("\n")
            self._stream.flush()

    def write_picture(self, item: MediaImage, picture: NDArray[np.uint8]) -> None:
        """Write a still or a person as PNG; frames of a video become one video.

        Args:
            item: Image that the picture shows.
            picture: (H, W, 3) uint8, RGB.
        """
        if item.frame is None or item.box is not None:
            write_image(picture, self.folder / "pictures" / f"{item.name}.png")
            return
        name = item.name.rpartition("/")[0]
        if self._video is None or self._video.name != name:
            if self._video is not None:
                self._video.close()
            self._video = _VideoFile(self.folder / "videos", name, picture.shape)
        self._video.write(picture, item.time)


class _VideoFile:
    """MP4 that takes its name when it is complete."""

    def __init__(self, folder: Path, name: str, shape: tuple[int, ...]) -> None:
        self.name = name
        self.path = folder / f"{name}.mp4"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.partial = self.path.with_name(f".{self.path.name}.tmp.mp4")
        self.shape = shape
        self.first: tuple[NDArray[np.uint8], float | None] | None = None
        self.stream: Any = None

    def write(self, picture: NDArray[np.uint8], time: float | None) -> None:
        if self.stream is None and self.first is None:
            self.first = (picture, time)  # the rate follows from the second frame
            return
        if self.stream is None and self.first is not None:
            step = (time or 0) - (self.first[1] or 0)
            self._open(1 / step if step > 0 else _VIDEO_RATE)
            self._put(self.first[0])
        self._put(picture)

    def close(self) -> None:
        if self.stream is None and self.first is not None:
            self._open(_VIDEO_RATE)
            self._put(self.first[0])
        if self.stream is not None:
            self.stream.release()
            self.partial.replace(self.path)

    def _open(self, rate: float) -> None:
        height, width = self.shape[:2]
        code = cv2.VideoWriter.fourcc(*"mp4v")
        self.stream = cv2.VideoWriter(str(self.partial), code, rate, (width, height))

    def _put(self, picture: NDArray[np.uint8]) -> None:
        height, width = self.shape[:2]
        if picture.shape != self.shape:
            picture = cv2.resize(picture, (width, height))  # type: ignore[assignment]
        self.stream.write(np.ascontiguousarray(picture[..., ::-1]))
