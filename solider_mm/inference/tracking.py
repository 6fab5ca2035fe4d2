"""Join detections of consecutive frames into tracks, by overlap and appearance."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

__all__ = ["Detection", "Sighting", "Track", "Tracker", "box_iou"]


class Sighting(NamedTuple):
    """One detection of one person.

    Attributes:
        source: Video or image file.
        name: Name of the frame.
        frame: Frame number; None for still images.
        time: Seconds from the start; None for still images.
        box: (4,) x1, y1, x2, y2 in pixels.
        score: Detection score.
        similarity: Cosine to the query, in [−1, 1].
    """

    source: str
    name: str
    frame: int | None
    time: float | None
    box: NDArray[np.float32]
    score: float
    similarity: float


class Detection(NamedTuple):
    """A sighting with what only joining and showing it needs.

    Attributes:
        sighting: The sighting.
        feature: (C,) unit vector.
        thumbnail: (H, W, 3) uint8, RGB.
    """

    sighting: Sighting
    feature: NDArray[np.float32]
    thumbnail: NDArray[np.uint8]


class Track:
    """Sightings of one person in consecutive frames.

    Of all detections only the sightings are kept, with the last feature and the
    thumbnail of the sighting that is nearest to the query: a long video must not fill
    the memory.

    Args:
        first: Detection that begins the track.
    """

    def __init__(self, first: Detection) -> None:
        self.sightings = [first.sighting]
        self.best = first.sighting
        self.thumbnail = first.thumbnail
        self.feature = first.feature
        self.missed = 0

    def add(self, detection: Detection) -> None:
        """Append the next detection."""
        self.sightings.append(detection.sighting)
        self.feature = detection.feature
        self.missed = 0
        if detection.sighting.similarity > self.best.similarity:
            self.best = detection.sighting
            self.thumbnail = detection.thumbnail


class Tracker:
    """Hungarian assignment on overlap and cosine.

    A detection joins the track with the largest `(IoU + cosine) / 2` that reaches
    `threshold`; otherwise it begins a track. A track ends after `max_missed` frames
    without a detection.

    Args:
        threshold: Least value at which a detection joins a track, in [0, 1].
        max_missed: Frames that a track survives without a detection.

    Raises:
        ValueError: If a number is out of range.
    """

    def __init__(self, threshold: float = 0.5, max_missed: int = 5) -> None:
        if not 0 <= threshold <= 1 or max_missed < 0:
            raise ValueError(
                f"threshold={threshold:g}, max_missed={max_missed}: expected a number "
                "in [0, 1] and 0 or more frames"
            )
        self.threshold = threshold
        self.max_missed = max_missed
        self._active: list[Track] = []

    def update(self, detections: list[Detection]) -> list[Track]:
        """Take the detections of the next frame.

        Args:
            detections: Detections of one frame.

        Returns:
            Tracks that have ended.
        """
        affinity = np.array(
            [[_affinity(track, d) for d in detections] for track in self._active]
        ).reshape(len(self._active), len(detections))
        rows, columns = linear_sum_assignment(-affinity)
        joined: set[int] = set()
        seen: set[int] = set()
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            if affinity[row, column] >= self.threshold:
                self._active[row].add(detections[column])
                seen.add(row)
                joined.add(column)
        for row, track in enumerate(self._active):
            track.missed += row not in seen
        ended = [t for t in self._active if t.missed > self.max_missed]
        self._active = [t for t in self._active if t.missed <= self.max_missed]
        self._active += [Track(d) for i, d in enumerate(detections) if i not in joined]
        return ended

    def finish(self) -> list[Track]:
        """End all tracks, for example at the end of a video.

        Returns:
            The tracks that were still active.
        """
        ended, self._active = self._active, []
        return ended


def box_iou(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Intersection over union of two boxes (4,) as x1, y1, x2, y2."""
    corner = np.minimum(first[2:], second[2:]) - np.maximum(first[:2], second[:2])
    shared = float(np.prod(np.maximum(corner, 0)))
    areas = float(np.prod(first[2:] - first[:2]) + np.prod(second[2:] - second[:2]))
    return shared / max(areas - shared, 1e-9)


def _affinity(track: Track, detection: Detection) -> float:
    overlap = box_iou(track.sightings[-1].box, detection.sighting.box)
    return (overlap + float(track.feature @ detection.feature)) / 2
