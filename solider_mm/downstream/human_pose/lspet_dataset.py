"""Leeds Sports Pose Extended for mmpose, read from its own files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.logging import MessageHub

from solider_mm.datasets.layouts import find_image_folder
from solider_mm.downstream.human_pose.checked_datasets import CheckedPersons
from solider_mm.downstream.human_pose.lspet_annotations import read_lspet
from solider_mm.downstream.human_pose.lspet_skeleton import LSPET_METAINFO
from solider_mm.registry import DATASETS

__all__ = ["LSPExtendedDataset"]


@DATASETS.register_module()
class LSPExtendedDataset(CheckedPersons):
    """Sports photos with 14 joints and one person each.

    The dataset has no split; `numbers` defines one.

    Args:
        data_root: Folder of the dataset (`joints.mat` and `images/`), or its parent
            if the dataset's folder is named `lspet`.
        numbers: First and last photo to use, both inclusive; None uses all.
        **kwargs: Arguments of mmpose's `BaseCocoStyleDataset`: `pipeline`,
            `test_mode`, …

    Raises:
        FileNotFoundError: If the folder, `joints.mat` or a photo of the range is
            missing.
        ValueError: If the range is not available, or a file cannot be read.
    """

    METAINFO = LSPET_METAINFO

    def __init__(
        self,
        *,
        data_root: str,
        numbers: Sequence[int] | None = None,
        **kwargs: Any,
    ) -> None:
        if numbers is not None and len(numbers) != 2:
            raise ValueError(
                f"numbers is {numbers}, expected the first and the last photo, for "
                "example (1, 1600); correct it"
            )
        self.numbers = None if numbers is None else (int(numbers[0]), int(numbers[1]))
        root = find_image_folder(Path(data_root), "lspet", "train").parent
        super().__init__(
            data_root=str(root),
            ann_file="joints.mat",
            data_prefix={"img": "images"},
            **kwargs,
        )
        if self.test_mode:
            # CocoMetric would read this path as JSON. Without a path it takes the
            # ground truth from the samples.
            name = f"{self.metainfo['dataset_name']}_ann_file"
            MessageHub.get_current_instance().update_info(name, None)

    def _load_annotations(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return persons and images in the form of mmpose's COCO reader."""
        content = read_lspet(self.ann_file, self.data_prefix["img"], self.numbers)
        self._metainfo["CLASSES"] = content["categories"]
        folder = Path(self.data_prefix["img"])
        images = {
            entry["id"]: {
                **entry,
                "img_id": entry["id"],
                "img_path": str(folder / entry["file_name"]),
            }
            for entry in content["images"]
        }
        parsed = (
            self.parse_data_info(
                {"raw_ann_info": person, "raw_img_info": images[person["image_id"]]}
            )
            for person in content["annotations"]
        )
        persons = [person for person in parsed if person is not None]
        return persons, list(images.values())
