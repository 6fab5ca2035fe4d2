"""Human pose on mmpose: what mmpose lacks; the models themselves are configs."""

from .checked_datasets import CheckedCocoPose
from .lspet_dataset import LSPExtendedDataset
from .mean_pose import MeanPose, evaluate_mean_pose
from .torso_pck import TorsoPCK

__all__ = [
    "CheckedCocoPose",
    "LSPExtendedDataset",
    "MeanPose",
    "TorsoPCK",
    "evaluate_mean_pose",
]
