"""CityPersons from its original MATLAB files or a COCO-style JSON."""

import logging
from collections import defaultdict
from pathlib import Path
from typing import Any, ClassVar

from mmdet.datasets.coco import CocoDataset
from mmengine.logging import print_log

from solider_mm.evaluation.citypersons.coco_people import PERSON_CATEGORY
from solider_mm.evaluation.citypersons.files import IMAGE_SIZE, read_annotation_file
from solider_mm.fileio.image_size import sideways_warnings
from solider_mm.registry import DATASETS

__all__ = ["CityPersonsDataset"]


@DATASETS.register_module()
class CityPersonsDataset(CocoDataset):
    """Street scenes with full-body boxes of people and ignore regions.

    In `anno_train.mat` pedestrians of at least 50 px are positives at any visibility;
    everything else is an ignore region. In a JSON, boxes with `iscrowd` are ignore
    regions, and boxes with a true `ignore` are skipped, as in the released code. Boxes
    without area, smaller than a pixel or outside of the image are skipped too. Images
    without people are kept unless `filter_cfg` removes them.

    Other COCO-style files can be read if one category is named 'pedestrian' or
    'person'; boxes need no `area`. A file name without folder, such as
    `aachen_000000_000019_leftImg8bit.png`, that is not in the image folder is expected
    in the folder of its city.

    Args:
        ann_file: Path of the JSON or `.mat` file, relative to `data_root`.
        image_size: Image size (H, W); a `.mat` file does not contain it.
        **kwargs: Arguments of mmdet's `CocoDataset`: data_root, data_prefix, pipeline,
            test_mode, …

    Raises:
        FileNotFoundError: If the annotations or the first image do not exist.
        ValueError: If the annotations are invalid, list no image or, for training,
            contain no person.

    Source:
        docs/reference.md §7.3, §D6, §D11.
    """

    METAINFO: ClassVar[dict[str, Any]] = {
        "classes": ("pedestrian",),
        "palette": [(220, 20, 60)],
    }

    def __init__(
        self,
        *,
        ann_file: str = "",
        image_size: tuple[int, int] = IMAGE_SIZE,
        **kwargs: Any,
    ) -> None:
        self.image_size = (image_size[0], image_size[1])
        super().__init__(ann_file=ann_file, **kwargs)

    def load_data_list(self) -> list[dict[str, Any]]:
        """Read and check the annotation file."""
        content = read_annotation_file(
            self.ann_file, training=not self.test_mode, size=self.image_size
        )
        boxes: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for record in content["annotations"]:
            _, _, width, height = record["bbox"]
            boxes[record["image_id"]].append({"area": width * height, **record})
        self.cat_ids = [PERSON_CATEGORY]
        self.cat2label = {PERSON_CATEGORY: 0}
        self.cat_img_map = {PERSON_CATEGORY: list(boxes)}
        nested = self._is_nested(content["images"])
        self._warn_about_sideways_images(content["images"], nested)
        samples = [
            self.parse_data_info(
                {
                    "raw_img_info": {
                        **image,
                        "img_id": image["id"],
                        "file_name": _file_name(image, nested),
                    },
                    "raw_ann_info": boxes[image["id"]],
                }
            )
            for image in content["images"]
        ]
        self._require_people(samples)
        return samples

    def _require_people(self, samples: list[dict[str, Any]]) -> None:
        """Refuse a training set without a person to learn from."""
        flags = [box["ignore_flag"] for one in samples for box in one["instances"]]
        if not self.test_mode and 0 not in flags:
            raise ValueError(
                f"{self.ann_file!r} has {len(samples)} images and {len(flags)} ignore "
                "regions, but no person with a box inside of the image: training would "
                "learn nothing; check the boxes, iscrowd and ignore"
            )

    def _warn_about_sideways_images(
        self, images: list[dict[str, Any]], nested: bool
    ) -> None:
        folder = Path(self.data_prefix.get("img") or "")
        sizes = {
            folder / _file_name(image, nested): (image["height"], image["width"])
            for image in images
        }
        for message in sideways_warnings(self.ann_file, sizes):
            print_log(message, logger="current", level=logging.WARNING)

    def _is_nested(self, images: list[dict[str, Any]]) -> bool:
        """Return whether the images are in folders of their cities.

        Raises:
            FileNotFoundError: If the first image does not exist.
            ValueError: If there is no image, or an image without size.
        """
        if not images:
            raise ValueError(
                f"{self.ann_file!r} lists no image, expected at least one: convert it "
                "again with tools/dataset_converters/convert_citypersons.py."
            )
        for image in images:
            if not {"height", "width"} <= set(image):
                raise ValueError(
                    f"{self.ann_file!r}: image {image['id']} has the keys "
                    f"{sorted(image)}, expected height and width too: add them"
                )
        folder = Path(self.data_prefix.get("img") or "")
        for nested in (False, True):
            if (folder / _file_name(images[0], nested)).is_file():
                return nested
        raise FileNotFoundError(
            f"{str(folder)!r} has no image {_file_name(images[0], False)!r}, the "
            f"first one of {self.ann_file!r}: set data_root and data_prefix to the "
            "folder of the images."
        )


def _file_name(image: dict[str, Any], nested: bool) -> str:
    name = str(image.get("file_name") or image["im_name"])
    if nested and "/" not in name:
        return f"{name.split('_', 1)[0]}/{name}"
    return name
