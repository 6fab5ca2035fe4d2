"""Models outside of PyTorch: ONNX files with λ inside."""

from solider_mm.export.onnx_export import export_onnx

__all__ = ["export_onnx"]
