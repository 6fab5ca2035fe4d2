"""Read a downloaded pickle without executing code from it."""

import builtins
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["load_pickle"]

_PLAIN = (
    *("bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int"),
    *("list", "range", "set", "slice", "str", "tuple"),
)
_TRUST = "--trust-pickle (trust=True), if you trust its author like a program you run"


class _PlainDict(dict[str, Any]):
    """Replacement of a dict with attributes; keeps only the items."""

    def __setstate__(self, _: object) -> None: ...


def _encode(text: str, encoding: str) -> bytes:
    """Replace the function that creates bytes in old pickles."""
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"bytes in the encoding {encoding!r}")
    return text.encode("latin1")


def _make_dict(kind: type, base: type, items: Any = ()) -> _PlainDict:
    """Replace the function that creates dict subclasses in old pickles."""
    if kind is not _PlainDict or base is not dict:
        raise pickle.UnpicklingError(f"an object of {kind.__name__!r}")
    return _PlainDict(items)


def _numpy_maker(example: Any, protocol: int) -> Any:
    """Return the function with which numpy restores `example`."""
    return example.__reduce_ex__(protocol)[0]


# Python 2 and 3, and numpy 1 and 2, name the same things differently.
_NUMPY_MAKERS = {
    "multiarray._reconstruct": _numpy_maker(np.zeros(1), 2),
    "multiarray.scalar": _numpy_maker(np.float64(0), 2),
    "numeric._frombuffer": _numpy_maker(np.zeros(1), 5),
}
_ALLOWED: dict[str, Any] = {
    **{f"{module}.{name}": getattr(builtins, name)
       for module in ("builtins", "__builtin__") for name in _PLAIN},
    **{f"numpy.{core}.{name}": maker
       for core in ("core", "_core") for name, maker in _NUMPY_MAKERS.items()},
    "__builtin__.xrange": range,
    "numpy.ndarray": np.ndarray,
    "numpy.dtype": np.dtype,
    "collections.OrderedDict": OrderedDict,
    "easydict.EasyDict": _PlainDict,
    "addict.addict.Dict": _PlainDict,
    "_codecs.encode": _encode,
    "copyreg._reconstructor": _make_dict,
    "copy_reg._reconstructor": _make_dict,
}  # fmt: skip


class _RefusedError(pickle.UnpicklingError):
    """The pickle contains something other than data."""


class _DataUnpickler(pickle.Unpickler):
    """Unpickler of arrays, numbers, text and containers only."""

    def find_class(self, module: str, name: str) -> Any:
        """Return allowed types and refuse all others by name."""
        full_name = f"{module}.{name}"
        if full_name not in _ALLOWED:
            raise _RefusedError(full_name)
        return _ALLOWED[full_name]


def load_pickle(path: str | Path, *, trust: bool = False) -> Any:
    """Read a pickle of arrays, numbers, text, lists and dicts.

    A pickle can execute code when it is read. Here it can only create numpy arrays and
    containers; EasyDicts are returned as plain dicts.

    Args:
        path: Path of the pickle.
        trust: Whether to read the file without restrictions.

    Returns:
        Content of the pickle.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the file is not a pickle or contains another class; the message
            has its name.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"{str(path)!r} does not exist: pass the path of a pickle"
        )
    unpickler = pickle.Unpickler if trust else _DataUnpickler
    try:
        with path.open("rb") as stream:
            return unpickler(stream, encoding="latin1").load()
    except _RefusedError as error:
        raise ValueError(
            f"{str(path)!r} asks for {error}, which is not data: expected only numpy "
            f"arrays, numbers, text, lists and dicts; refused without {_TRUST}"
        ) from error
    except ModuleNotFoundError as error:
        raise ValueError(
            f"{str(path)!r} needs the module {error.name!r}: install it, or read the "
            "file without trust"
        ) from error
    # A damaged or hostile pickle can raise nearly anything.
    except Exception as error:
        raise ValueError(
            f"{str(path)!r} cannot be read as a pickle: {type(error).__name__}: {error}"
        ) from error
