"""Find a person in videos and folders: detect, embed, track, rank."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from matplotlib import font_manager
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from solider_mm.fileio.image_io import write_image
from solider_mm.fileio.json_file import write_json
from solider_mm.inference.media import MediaImage, iterate_media
from solider_mm.inference.tracking import Detection, Sighting, Track, Tracker
from solider_mm.inference.video import VideoOptions

__all__ = ["PersonFinder", "write_appearances"]

_THUMBNAIL = (128, 64)  # (H, W)
_SHEET_COLUMNS = 8


class SearchModel(Protocol):
    """Required of an inferencer: people with features, and the query's feature."""

    def iterate(self, inputs: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Yield results with `boxes`, `scores` and `features`."""

    def embed(self, item: MediaImage, *args: Any) -> NDArray[np.float32]:
        """Embed the query."""


class PersonFinder:
    """Ranks all people in videos and folders by their likeness to a query.

    Args:
        model: For example a `PersonSearchInferencer`.
        tracker: Joins detections of consecutive frames of a video. Still images are
            not joined.

    """

    def __init__(self, model: SearchModel, tracker: Tracker | None = None) -> None:
        self.model = model
        self.tracker = tracker or Tracker()

    def __call__(
        self,
        query: Any,
        inputs: Any,
        *,
        box: tuple[float, float, float, float] | None = None,
        semantic_weight: float | None = None,
        topk: int = 20,
        video: VideoOptions | None = None,
        **options: Any,
    ) -> list[Track]:
        """Find the query.

        Args:
            query: Image of the person: path, URL or array.
            inputs: Videos, folders, images; see `iterate_media`.
            box: The person in the query, x1, y1, x2, y2 in pixels; None takes the whole
                image.
            semantic_weight: λ; None takes the model's own.
            topk: Appearances at most.
            video: Which frames are taken.
            **options: Options of the model, for example `score_threshold`.

        Returns:
            One track per appearance, most similar first; empty if nobody was found.

        Raises:
            ValueError: If the query cannot be read, the box is wrong, or no input can
                be read.
        """
        if topk < 1:
            raise ValueError(f"topk is {topk}, expected at least 1")
        item = next(iter(iterate_media(query)))
        wanted = self.model.embed(item, box, semantic_weight)
        found: list[Track] = []
        for track in self._tracks(
            inputs, wanted, semantic_weight=semantic_weight, video=video, **options
        ):
            found.append(track)
            found = sorted(found, key=lambda t: -t.best.similarity)[:topk]
        return found

    def _tracks(
        self, inputs: Any, wanted: NDArray[np.float32], **options: Any
    ) -> Iterator[Track]:
        """Tracks of all people, as soon as each has ended."""
        current = None
        for result in self.model.iterate(inputs, keep_image=True, **options):
            detections = _detections(result, wanted)
            if result["frame"] is None:
                yield from map(Track, detections)
                continue
            if result["source"] != current:
                yield from self.tracker.finish()
                current = result["source"]
            yield from self.tracker.update(detections)
        yield from self.tracker.finish()


def write_appearances(
    appearances: Sequence[Track], query: NDArray[np.uint8], out_dir: str | Path
) -> Path:
    """Write `appearances.json` and the contact sheet `appearances.png`.

    Args:
        appearances: What `PersonFinder` found.
        query: Image of the query (H, W, 3) uint8, RGB.
        out_dir: Folder; made if missing.

    Returns:
        Path of the JSON.
    """
    folder = Path(out_dir)
    rows = [
        {
            "rank": rank,
            "similarity": round(track.best.similarity, 5),
            "source": track.best.source,
            "start": track.sightings[0].time,
            "end": track.sightings[-1].time,
            "best": _row(track.best),
            "sightings": [_row(sighting) for sighting in track.sightings],
        }
        for rank, track in enumerate(appearances, 1)
    ]
    write_json(folder / "appearances.json", rows, indent=1)
    tiles = [_resized(query), *(track.thumbnail for track in appearances)]
    captions = ["query", *(_caption(track.best) for track in appearances)]
    write_image(_sheet(tiles, captions), folder / "appearances.png")
    return folder / "appearances.json"


def _row(sighting: Sighting) -> dict[str, Any]:
    return {
        "name": sighting.name,
        "frame": sighting.frame,
        "time": sighting.time,
        "box": [round(float(value), 2) for value in sighting.box],
        "score": round(sighting.score, 4),
        "similarity": round(sighting.similarity, 5),
    }


def _detections(result: dict[str, Any], wanted: NDArray[np.float32]) -> list[Detection]:
    place = (result["source"], result["name"], result["frame"], result["time"])
    return [
        Detection(
            Sighting(*place, box, float(score), float(feature @ wanted)),
            feature,
            _crop(result["image"], box),
        )
        for box, score, feature in zip(
            result["boxes"], result["scores"], result["features"], strict=True
        )
    ]


def _crop(image: NDArray[np.uint8], box: NDArray[np.float32]) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    x1, y1 = (max(0, int(v)) for v in box[:2])
    x2, y2 = min(width, int(np.ceil(box[2]))), min(height, int(np.ceil(box[3])))
    return _resized(image[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)])


def _resized(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    picture = Image.fromarray(np.ascontiguousarray(image))
    return np.asarray(picture.resize(_THUMBNAIL[::-1], Image.Resampling.BILINEAR))


def _caption(best: Sighting) -> str:
    """Similarity, and the time in a video."""
    time = "" if best.time is None else f" {best.time:.1f} s"
    return f"{best.similarity:.2f}{time}"


def _sheet(tiles: list[NDArray[np.uint8]], captions: list[str]) -> NDArray[np.uint8]:
    rows = -(-len(tiles) // _SHEET_COLUMNS)
    columns = min(len(tiles), _SHEET_COLUMNS)
    gap, caption_height = 8, 16
    height, width = _THUMBNAIL
    row_height = caption_height + height
    size = (columns * (width + gap) - gap, rows * (row_height + gap) - gap)
    sheet = Image.new("RGB", size, "white")
    brush = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 10)
    for number, (tile, caption) in enumerate(zip(tiles, captions, strict=True)):
        row, column = divmod(number, _SHEET_COLUMNS)
        left, top = column * (width + gap), row * (row_height + gap)
        brush.text((left, top + 1), caption, "black", font)
        sheet.paste(Image.fromarray(tile), (left, top + caption_height))
    return np.asarray(sheet)
