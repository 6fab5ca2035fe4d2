"""Stand-ins for the objects that trainers store beside the tensors.

A pickle names classes and functions to call. For the names below, a stand-in records
the arguments and the state instead of calling anything. Afterwards `restore` builds the
plain values among them: arrays, numbers, log histories and paths. All other recorded
objects become None.
"""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.logging import HistoryBuffer

__all__ = ["INERT", "restore"]

_DTYPES = ("Bool", "UInt8", "Int32", "Int64", "Float16", "Float32", "Float64")
_NUMERIC_KINDS = "biufcSU"


class _Recorded:
    """Records how an object would have been made."""

    def __init__(self, *args: Any) -> None:
        self.args = args
        self.state: Any = None

    def __new__(cls, *_: Any) -> "_Recorded":
        return super().__new__(cls)

    def __setstate__(self, state: Any) -> None:
        self.args = getattr(self, "args", ())
        self.state = state


class _RecordedDict(dict[Any, Any]):
    """Records a subclass of dict: items are its argument, or follow in the pickle."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*(value for value in args[:1] if isinstance(value, dict)))

    def __new__(cls, *_: Any) -> "_RecordedDict":
        return super().__new__(cls)

    def __setstate__(self, _: Any) -> None: ...


def _array(recorded: _Recorded) -> Any:
    """Build an array from NumPy's state (version, shape, dtype, order, bytes)."""
    _, shape, dtype, is_fortran, data = recorded.state
    kind = _dtype(dtype)
    flat = np.frombuffer(_bytes(data), dtype=kind).copy()
    return flat.reshape(shape, order="F" if is_fortran else "C")


def _bytes(data: Any) -> bytes:
    return data if isinstance(data, bytes) else str(data).encode("latin1")


def _dtype(recorded: _Recorded) -> Any:
    name = str(recorded.args[0]) if recorded.args else _dtype_name(recorded)
    dtype = np.dtype(name)
    if dtype.kind not in _NUMERIC_KINDS:
        raise ValueError(f"it holds an array of type {name}, expected numbers or text")
    order: Any = recorded.state[1] if recorded.state else "="
    return dtype.newbyteorder(order)


def _dtype_name(recorded: _Recorded) -> str:
    return type(recorded).__name__.removesuffix("DType").lower()


def _scalar(recorded: _Recorded) -> Any:
    dtype, data = recorded.args
    return np.frombuffer(_bytes(data), dtype=_dtype(dtype))[0]


def _history(recorded: _Recorded) -> HistoryBuffer:
    state = recorded.state
    log, count = (restore(state[key]) for key in ("_log_history", "_count_history"))
    limit = state.get("max_length", state.get("_max_length"))
    return HistoryBuffer(log, count, limit)


def _path(recorded: _Recorded) -> Path:
    return Path(*map(str, recorded.args))


def _nothing(_: _Recorded) -> None:
    return None


_BUILDERS: dict[str, Callable[[Any], Any]] = {
    "builtins.getattr": _nothing,
    "mmengine.logging.history_buffer.HistoryBuffer": _history,
    "numpy._core.multiarray._reconstruct": _array,
    "numpy._core.multiarray.scalar": _scalar,
    "numpy.core.multiarray._reconstruct": _array,
    "numpy.core.multiarray.scalar": _scalar,
    "numpy.dtype": _dtype,
    **{f"numpy.dtypes.{name}DType": _dtype for name in _DTYPES},
    "numpy.ndarray": _nothing,
    "pathlib.PosixPath": _path,
    "pathlib.WindowsPath": _path,
}
_DICTS = (
    "mmcv.utils.config.ConfigDict",
    "mmengine.config.config.ConfigDict",
    "yacs.config.CfgNode",
)

INERT: dict[str, type] = {
    **{name: type(name.rpartition(".")[2], (_Recorded,), {}) for name in _BUILDERS},
    **{name: type("ConfigDict", (_RecordedDict,), {}) for name in _DICTS},
    "argparse.Namespace": Namespace,  # its constructor only stores attributes
}
"""The class to use for each name that a checkpoint may contain."""
_BUILDER_OF = {INERT[name]: build for name, build in _BUILDERS.items()}


def restore(value: Any) -> Any:
    """Replace recorded objects by plain values, at any depth.

    Args:
        value: Content of a checkpoint; its dicts and lists are changed in place.

    Returns:
        The content without recorded objects.

    Raises:
        ValueError: If an array does not hold numbers or text.
    """
    return _restore(value, set())


def _restore(value: Any, seen: set[int]) -> Any:
    if type(value) in _BUILDER_OF:
        return _BUILDER_OF[type(value)](value)
    if isinstance(value, type):  # a class that was named, but not called
        return None
    if type(value) is tuple:
        return tuple(_restore(item, seen) for item in value)
    if isinstance(value, dict | list) and id(value) not in seen:
        seen.add(id(value))
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            value[key] = _restore(value[key], seen)
    return dict(value) if isinstance(value, _RecordedDict) else value
