"""Loading person images of any format."""

from typing import Any

from mmcv.transforms import BaseTransform

from solider_mm.fileio.decoding import UnreadableImageError, decode_image
from solider_mm.fileio.regular_file import read_regular_file
from solider_mm.registry import TRANSFORMS

__all__ = ["LoadPersonImage"]


@TRANSFORMS.register_module()
class LoadPersonImage(BaseTransform):
    """Load an image from `img_path`, or from `img_bytes` if given.

    **Required keys:** `img_path` (only a name if there are `img_bytes`).
    **Added keys:** `img` (H, W, 3) uint8 BGR, `img_shape` and `ori_shape` (H, W).
    **Removed key:** `img_bytes`.

    `decode_image` describes the result for each kind of file.

    Args:
        min_size: (H, W) that the following transforms need at least. A JPEG of at
            least twice that size is decoded at half, a quarter or an eighth of its
            size. `None` decodes every image at full size.

    Raises:
        ValueError: If `min_size` is not two numbers above 0.
    """

    def __init__(self, min_size: tuple[int, int] | None = None) -> None:
        if min_size is not None and (len(min_size) != 2 or min(min_size) <= 0):
            raise ValueError(
                f"min_size={min_size}: expected (H, W), two numbers above 0; correct "
                "it or set None."
            )
        self.min_size = None if min_size is None else (min_size[0], min_size[1])

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Load the image.

        Args:
            results: Sample with `img_path` or `img_bytes`.

        Returns:
            The sample with `img`, `img_shape` and `ori_shape`.

        Raises:
            UnreadableImageError: If the file cannot be read or decoded.
        """
        if results.get("img") is not None:  # loaded by an inferencer
            return results
        data = results.pop("img_bytes", None)
        if data is None:
            try:
                data = read_regular_file(results["img_path"])
            except OSError as error:
                raise UnreadableImageError(
                    f"not readable: {error.strerror or error}"
                ) from error
        results["img"] = decode_image(data, self.min_size)
        results["img_shape"] = results["ori_shape"] = results["img"].shape[:2]
        return results

    def __repr__(self) -> str:
        return f"{type(self).__name__}(min_size={self.min_size})"
