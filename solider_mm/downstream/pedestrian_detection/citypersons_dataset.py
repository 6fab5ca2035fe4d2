"""CityPersons, from its original cells or a COCO-style JSON."""

from collections import defaultdict
from pathlib import Path
from typing import Any, ClassVar

from mmdet.datasets.coco import CocoDataset

from solider_mm.evaluation.citypersons.files import IMAGE_SIZE, read_annotation_file
from solider_mm.registry import DATASETS

__all__ = ["CityPersonsDataset"]

_PERSON = 1  # category of every box in these files


@DATASETS.register_module()
class CityPersonsDataset(CocoDataset):
    """Street scenes with boxes of whole people and regions to ignore.

    From ``anno_train.mat`` the people to be found are pedestrians of at least 50 px at
    any visibility, and everything else is an ignore region. In a JSON ``iscrowd`` makes
    an ignore region, and a box with a true ``ignore`` is skipped, as the reference
    does. Boxes without area, smaller than a pixel or wholly outside of the image are
    skipped too. Images without people are kept unless `filter_cfg` says otherwise.

    Any COCO-style file whose people have category 1 can be read; boxes need no
    ``area``. A bare file name such as ``aachen_000000_000019_leftImg8bit.png`` that
    is not in the image folder itself is looked for in the folder of its city.

    Args:
        ann_file: JSON or ``.mat``, relative to `data_root`.
        image_size: ``(H, W)`` of the images; a ``.mat`` does not tell.
        **kwargs: mmdet's: data_root, data_prefix, pipeline, test_mode and so on.

    Raises:
        FileNotFoundError: If the annotations or the first image are not there.
        ValueError: If the annotations cannot be read or name no image.

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
        """Read the annotation file into mmdet's form."""
        content = read_annotation_file(
            self.ann_file, training=not self.test_mode, size=self.image_size
        )
        boxes: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for record in content["annotations"]:
            _, _, width, height = record["bbox"]
            boxes[record["image_id"]].append({"area": width * height, **record})
        self.cat_ids = [_PERSON]
        self.cat2label = {_PERSON: 0}
        self.cat_img_map = {_PERSON: list(boxes)}
        nested = self._lies_in_cities(content["images"])
        return [
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

    def _lies_in_cities(self, images: list[dict[str, Any]]) -> bool:
        """Look where the first image is: in the folder, or in one of its city.

        Raises:
            FileNotFoundError: If it is in neither.
            ValueError: If there is no image.
        """
        if not images:
            raise ValueError(
                f"{self.ann_file!r} names no image; expected at least one: convert it "
                "again with tools/dataset_converters/convert_citypersons.py."
            )
        folder = Path(self.data_prefix.get("img") or "")
        for nested in (False, True):
            if (folder / _file_name(images[0], nested)).is_file():
                return nested
        raise FileNotFoundError(
            f"{str(folder)!r} holds no image {_file_name(images[0], False)!r}, the "
            f"first one of {self.ann_file!r}; set data_root and data_prefix to where "
            "the images are."
        )


def _file_name(image: dict[str, Any], nested: bool) -> str:
    name = str(image.get("file_name") or image["im_name"])
    if nested and "/" not in name:
        return f"{name.split('_', 1)[0]}/{name}"
    return name
