"""The optional packages that an export needs."""

from importlib.util import find_spec

__all__ = ["require_onnx"]

_PACKAGES = ("onnx", "onnxscript", "onnxruntime")


def require_onnx() -> None:
    """Check that the packages are installed, before anything is computed.

    Raises:
        ImportError: If one is missing.
    """
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise ImportError(
            f"the export to ONNX needs {', '.join(missing)}: run `pip install "
            "'solider_mm[onnx]'`"
        )
