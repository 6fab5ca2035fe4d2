"""Human pose on mmpose: datasets, torso PCK and the mean-pose baseline."""

from solider_mm.downstream.human_pose.checked_datasets import CheckedCocoPose
from solider_mm.downstream.human_pose.lspet_dataset import LSPExtendedDataset
from solider_mm.downstream.human_pose.mean_pose import MeanPose, evaluate_mean_pose
from solider_mm.downstream.human_pose.plain_dataset_meta_hook import (
    PlainDatasetMetaHook,
)
from solider_mm.downstream.human_pose.torso_pck import TorsoPCK

HOST = "mmpose"
SEMANTIC_WEIGHT = 0.8  # λ of the paper: docs/reference.md §1

__all__ = [
    "CheckedCocoPose",
    "LSPExtendedDataset",
    "MeanPose",
    "PlainDatasetMetaHook",
    "TorsoPCK",
    "evaluate_mean_pose",
]
