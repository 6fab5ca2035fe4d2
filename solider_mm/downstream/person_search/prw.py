"""PRW as a data set."""

from pathlib import Path

from solider_mm.downstream.person_search.annotations import (
    AnnotatedFrame,
    AnnotatedQuery,
)
from solider_mm.downstream.person_search.base_dataset import PersonSearchDataset
from solider_mm.downstream.person_search.prw_annotations import (
    read_prw_frames,
    read_prw_queries,
)
from solider_mm.registry import DATASETS

__all__ = ["PRWDataset"]


@DATASETS.register_module()
class PRWDataset(PersonSearchDataset):
    """PRW in its own layout, and everything that is laid out like it.

    `frames/*.jpg`, `annotations/<frame>.jpg.mat`, `frame_{train,test}.mat` and
    `query_info.txt`. Arguments are those of `PersonSearchDataset`.

    Source:
        docs/reference.md §6.2; identities are contiguous (docs/reference.md §S5).
    """

    def read_frames(self, root: Path) -> list[AnnotatedFrame]:
        """Frames of the split."""
        return read_prw_frames(root, self.split)

    def read_queries(self, root: Path) -> list[AnnotatedQuery]:
        """Queries of `query_info.txt`."""
        return read_prw_queries(root)
