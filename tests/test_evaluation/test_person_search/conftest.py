"""Inputs and results of the official person-search evaluation."""

import json
from pathlib import Path

import numpy as np
import pytest

from solider_mm.evaluation.person_search.records import Frame, Query


class OfficialData:
    def __init__(self, folder: Path) -> None:
        self.tables = json.loads((folder / "person_search_metrics.json").read_text())
        self.arrays = np.load(folder / "person_search_metrics.npz")

    def frames(self, name: str) -> list[Frame]:
        offset = self.arrays[f"{name}_dets_offset"]
        frames = []
        for i, image in enumerate(self.tables[name]["images"]):
            own = slice(offset[i], offset[i + 1])
            ids = np.array(image["pids"])
            found = self.arrays[f"{name}_dets"][own]
            frames.append(
                Frame(
                    image["img_name"],
                    np.array(image["boxes"], dtype=float),
                    np.where(ids == 5555, -1, ids),
                    found[:, :4],
                    found[:, 4],
                    self.arrays[f"{name}_feats"][own],
                    image.get("cam_id", -1),
                )
            )
        return frames

    def queries(self, name: str) -> list[Query]:
        offset = self.arrays[f"{name}_query_dets_offset"]
        return [
            Query(
                query["img_name"],
                np.array(query["box"], dtype=float),
                query["pid"],
                self.arrays[f"{name}_query_box_feats"][i],
                query.get("cam_id", -1),
                self.arrays[f"{name}_query_feats"][offset[i] : offset[i + 1]],
            )
            for i, query in enumerate(self.tables[name]["queries"])
        ]


@pytest.fixture(scope="package")
def official(golden_dir):
    return OfficialData(golden_dir)
