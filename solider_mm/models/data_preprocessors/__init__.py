"""Data preprocessors: processing of a batch on the training device."""

from solider_mm.models.data_preprocessors.multi_crop_preprocessor import (
    MultiCropPreprocessor,
)

__all__ = ["MultiCropPreprocessor"]
