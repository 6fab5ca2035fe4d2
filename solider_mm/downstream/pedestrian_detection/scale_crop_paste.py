"""Random scaling followed by a fixed-size crop or a paste onto a canvas."""

from typing import Any, NamedTuple

import mmcv
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmdet.structures.bbox import HorizontalBoxes, autocast_box_type
from numpy.typing import NDArray

from solider_mm.registry import TRANSFORMS

__all__ = ["RandomScaleCropPaste"]


class _Params(NamedTuple):
    """Random parameters of one image.

    Attributes:
        factor: Scale factor.
        person: Choice of the person to center on, in [0, 1).
        position: Position (y, x) of the window if it is not centered, in [0, 1).
    """

    factor: float
    person: float
    position: tuple[float, float]


@TRANSFORMS.register_module()
class RandomScaleCropPaste(BaseTransform):
    """Scale an image at random, then crop or paste it to a fixed size.

    Along an axis where the scaled image is at least as long as the window it is
    cropped, centered on a random person (at a random position without people). Along
    a shorter axis it is pasted at a random position on a canvas of the image's mean
    value. Boxes are clipped to the image first; those that lose too much of the rest
    are dropped.

    Modifies `img`, `img_shape` and, if present, `gt_bboxes`, `gt_bboxes_labels` and
    `gt_ignore_flags`. Images without boxes are supported.

    Args:
        size: Output size (H, W).
        scale_range: Smallest and largest factor of the uniform distribution.
        min_width: Smallest width in pixels of a kept person box.
        min_area_ratio: Smallest remaining share of the area of a kept person box.
        min_ignore_size: Smallest width and height in pixels of a kept ignore region.

    Raises:
        ValueError: If a size or factor is not above 0.

    Source:
        docs/reference.md §7.3. The released code decides between crop and canvas by
        the height alone, which is the same for the 1:2 images of CityPersons
        (deviation 42).
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
                f"size is {tuple(size)} and scale_range is {tuple(scale_range)}, "
                "expected (H, W) of at least 1 pixel each and 0 < smallest <= largest "
                "factor: correct them."
            )
        self.size = (size[0], size[1])
        self.scale_range = (scale_range[0], scale_range[1])
        self.min_width = min_width
        self.min_area_ratio = min_area_ratio
        self.min_ignore_size = min_ignore_size

    @cache_randomness
    def _sample_params(self) -> _Params:
        # mmcv's transforms share numpy's global generator, which mmengine seeds.
        factor = float(np.random.uniform(*self.scale_range))  # noqa: NPY002
        person, y, x = np.random.rand(3)  # noqa: NPY002
        return _Params(factor, person, (y, x))

    @autocast_box_type()
    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Transform image and boxes."""
        params = self._sample_params()
        old_height, old_width = results["img"].shape[:2]
        height, width = (
            max(1, int(s * params.factor)) for s in (old_height, old_width)
        )
        image = mmcv.imresize(results["img"], (width, height))
        boxes = results.get("gt_bboxes")
        centers = np.empty((0, 2))
        if boxes is not None:
            boxes.clip_((old_height, old_width))
            boxes.rescale_((width / old_width, height / old_height))
            people = ~np.asarray(results["gt_ignore_flags"], dtype=bool)
            centers = boxes.centers.numpy()[people][:, ::-1]  # (N, 2) y, x
        top, left = self._window((height, width), centers, params)
        results["img"] = self._cut(image, top, left)
        results["img_shape"] = self.size
        if boxes is not None:
            self._move_boxes(results, boxes, top, left)
        return results

    def _window(
        self,
        image_size: tuple[int, int],
        centers: NDArray[np.float64],
        params: _Params,
    ) -> tuple[int, int]:
        """Compute the start (y, x) of the window; negative for a paste."""
        chosen = centers[int(params.person * len(centers))] if len(centers) else None
        start = []
        for axis, (length, window) in enumerate(
            zip(image_size, self.size, strict=True)
        ):
            margin = length - window
            if margin >= 0 and chosen is not None:
                start.append(min(max(int(chosen[axis]) - window // 2, 0), margin))
            else:
                shift = int(params.position[axis] * (abs(margin) + 1))
                start.append(shift if margin >= 0 else -shift)
        return start[0], start[1]

    def _cut(self, image: NDArray[Any], top: int, left: int) -> NDArray[Any]:
        """Cut out the window, filled with the mean value outside of the image."""
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
        """Move the boxes into the window and drop those that lost too much."""
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
