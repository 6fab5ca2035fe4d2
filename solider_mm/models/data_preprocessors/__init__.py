"""Data preprocessors: what is done to a batch on the training device."""

from .multi_crop_preprocessor import MultiCropPreprocessor

__all__ = ["MultiCropPreprocessor"]
