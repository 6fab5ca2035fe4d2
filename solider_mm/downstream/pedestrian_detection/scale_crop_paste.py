"""Random scale, then a window of fixed size: a crop, or the image on a canvas."""

from typing import Any

import mmcv
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmdet.structures.bbox import HorizontalBoxes, autocast_box_type
from numpy.typing import NDArray

from solider_mm.registry import TRANSFORMS

__all__ = ["RandomScaleCropPaste"]


@TRANSFORMS.register_module()
class RandomScaleCropPaste(BaseTransform):
    """Scale the image at random, then give it a fixed size, and drop what is cut off.

    Along an axis where the scaled image is as large as the window it is cropped,
    centered on one of the people if there are any (else anywhere), and otherwise put
    anywhere on a canvas of the image's mean value.

    Changes ``img``, ``img_shape`` and, if there, ``gt_bboxes``, ``gt_bboxes_labels``,
    ``gt_ignore_flags``; images without boxes pass as well.

    Args:
        size: ``(H, W)`` of the result.
        scale_range: Least and largest factor, drawn uniformly.
        min_width: People narrower than this many pixels are dropped.
        min_area_ratio: People of whom less than this share of the box is left, too.
        min_ignore_size: Ignore regions narrower or lower than this, too.

    Raises:
        ValueError: If a size or factor is not above 0.

    Source:
        docs/reference.md §7.3. There the height alone decides between crop and canvas,
        which is the same for the 1:2 images of CityPersons.
    """

    def __init__(
        self,
        *,
        size: tuple[int, int] = (1024, 2048),
        scale_range: tuple[float, float] = (0.4, 1.5),
        min_width: float = 16,
        min_area_ratio: float = 0.5,
        min_ignore_size: float = 8,
    ) -> None:
        if min(size) < 1 or not 0 < scale_range[0] <= scale_range[1]:
            raise ValueError(
                f"size {tuple(size)} and scale_range {tuple(scale_range)} were given; "
                "expected a size (H, W) of pixels and 0 < least <= largest factor: "
                "correct them."
            )
        self.size = (size[0], size[1])
        self.scale_range = (scale_range[0], scale_range[1])
        self.min_width = min_width
        self.min_area_ratio = min_area_ratio
        self.min_ignore_size = min_ignore_size

    @cache_randomness
    def _draw(self) -> tuple[float, NDArray[np.float64]]:
        """A factor, and three numbers in [0, 1): which person, and where (y, x)."""
        # mmcv's transforms share numpy's global generator, which mmengine seeds.
        factor = np.random.uniform(*self.scale_range)  # noqa: NPY002
        return float(factor), np.random.rand(3)  # noqa: NPY002

    @autocast_box_type()
    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change image and boxes."""
        factor, place = self._draw()
        old_height, old_width = results["img"].shape[:2]
        height, width = (max(1, int(s * factor)) for s in (old_height, old_width))
        image = mmcv.imresize(results["img"], (width, height))
        boxes = results.get("gt_bboxes")
        centers = np.empty((0, 2))
        if boxes is not None:
            boxes.rescale_((width / old_width, height / old_height))
            people = ~np.asarray(results["gt_ignore_flags"], dtype=bool)
            centers = boxes.centers.numpy()[people][:, ::-1]  # (N, 2) y, x
        top, left = self._window((height, width), centers, place)
        results["img"] = self._cut(image, top, left)
        results["img_shape"] = self.size
        if boxes is not None:
            self._move_boxes(results, boxes, top, left)
        return results

    def _window(
        self,
        image_size: tuple[int, int],
        centers: NDArray[np.float64],
        place: NDArray[np.float64],
    ) -> tuple[int, int]:
        """Where the window begins in the image, (y, x); negative on a canvas."""
        chosen = centers[int(place[0] * len(centers))] if len(centers) else None
        start = []
        for axis, (length, window) in enumerate(
            zip(image_size, self.size, strict=True)
        ):
            room = length - window
            if room >= 0 and chosen is not None:
                start.append(min(max(int(chosen[axis]) - window // 2, 0), room))
            else:
                drawn = int(place[axis + 1] * (abs(room) + 1))
                start.append(drawn if room >= 0 else -drawn)
        return start[0], start[1]

    def _cut(self, image: NDArray[Any], top: int, left: int) -> NDArray[Any]:
        """The window of the image, its mean value where there is none."""
        height, width = self.size
        part = image[max(top, 0) : top + height, max(left, 0) : left + width]
        if part.shape[:2] == self.size:
            return np.ascontiguousarray(part)
        mean = int(image.mean())
        canvas = np.full((height, width, *image.shape[2:]), mean, image.dtype)
        y, x = max(-top, 0), max(-left, 0)
        canvas[y : y + part.shape[0], x : x + part.shape[1]] = part
        return canvas

    def _move_boxes(
        self, results: dict[str, Any], boxes: HorizontalBoxes, top: int, left: int
    ) -> None:
        """Follow the window with the boxes and drop those that lost too much."""
        area = boxes.areas.numpy()
        boxes.translate_([-left, -top])
        boxes.clip_(self.size)
        width, height = boxes.widths.numpy(), boxes.heights.numpy()
        person = (width >= self.min_width) & (
            boxes.areas.numpy() >= self.min_area_ratio * area
        )
        region = (width >= self.min_ignore_size) & (height >= self.min_ignore_size)
        flags = np.asarray(results["gt_ignore_flags"], dtype=bool)
        kept = np.where(flags, region, person) & (width > 0) & (height > 0)
        results["gt_bboxes"] = boxes[np.flatnonzero(kept)]
        for key in ("gt_bboxes_labels", "gt_ignore_flags"):
            results[key] = results[key][kept]
