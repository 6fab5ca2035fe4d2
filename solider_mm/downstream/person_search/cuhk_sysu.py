"""CUHK-SYSU as a data set."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from solider_mm.downstream.person_search.annotations import (
    AnnotatedFrame,
    AnnotatedQuery,
)
from solider_mm.downstream.person_search.base_dataset import PersonSearchDataset
from solider_mm.downstream.person_search.cuhk_sysu_annotations import (
    read_cuhk_sysu_frames,
    read_cuhk_sysu_protocol,
)
from solider_mm.registry import DATASETS

__all__ = ["CUHKSYSUDataset"]


@DATASETS.register_module()
class CUHKSYSUDataset(PersonSearchDataset):
    """CUHK-SYSU in its own layout.

    `Image/SSM/*.jpg`, `annotation/{Images,pool}.mat` and
    `annotation/test/train_test/{Train,TestG50,…}.mat`. A test set gives the tables of
    `protocols` to the metric through its metainfo.

    Args:
        protocols: Tables to read, 'TestG50' to 'TestG4000'; queries are those of the
            first.
        **kwargs: Those of `PersonSearchDataset`.

    Raises:
        ValueError: If no table is named, or two tables have other queries.

    Source:
        docs/reference.md §6.2, §6.4.
    """

    def __init__(
        self, *, protocols: Sequence[str] = ("TestG100",), **kwargs: Any
    ) -> None:
        if isinstance(protocols, str) or not protocols:
            raise ValueError(
                f"protocols={protocols!r}: expected a list of names, such as "
                "['TestG100']"
            )
        self.protocols = tuple(protocols)
        super().__init__(**kwargs)

    def read_frames(self, root: Path) -> list[AnnotatedFrame]:
        """Frames of the split."""
        return read_cuhk_sysu_frames(root, self.split)

    def read_queries(self, root: Path) -> list[AnnotatedQuery]:
        """Queries of the first protocol; all tables go to the metainfo."""
        read = {name: read_cuhk_sysu_protocol(root, name) for name in self.protocols}
        queries = read[self.protocols[0]][0]
        for name, (others, _, _) in read.items():
            if [q.path for q in others] != [q.path for q in queries]:
                raise ValueError(
                    f"{name} and {self.protocols[0]} list different queries: evaluate "
                    "them one at a time"
                )
        self._metainfo["protocols"] = {
            name: {"names": names, "galleries": table}
            for name, (_, table, names) in read.items()
        }
        return queries
