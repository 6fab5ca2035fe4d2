"""Read a checkpoint file without running any code it may contain."""

import pickle
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from safetensors import safe_open

from solider_mm.checkpoints.file_kinds import is_safetensors, require_checkpoint_file
from solider_mm.checkpoints.inert_objects import INERT, restore

__all__ = ["load_file"]

# Names that tensors consist of, for versions of torch whose `weights_only` cannot be
# extended.
_TENSOR_NAMES = {
    ("_codecs", "encode"),
    ("collections", "OrderedDict"),
    ("collections", "defaultdict"),
    ("torch", "Size"),
    ("torch", "device"),
    ("torch._utils", "_rebuild_parameter"),
    ("torch._utils", "_rebuild_tensor_v2"),
    *(("torch", f"{kind}Storage") for kind in ("Float", "Half", "BFloat16", "Double")),
    *(("torch", f"{kind}Storage") for kind in ("Long", "Int", "Byte", "Bool")),
    *(("torch", kind) for kind in ("float32", "float16", "bfloat16", "int64", "bool")),
}


def load_file(path: str | Path, *, lazy: bool = False) -> Any:
    """Read a `.pth` or `.safetensors` file onto the CPU; the content decides which.

    Tensors, containers, numbers and text are read. Of the objects that trainers store
    beside them, arrays, log histories and paths are rebuilt from their data. Every
    other name is refused before it is called.

    Args:
        path: Path of the file.
        lazy: Map the tensors from the file instead of reading them.

    Returns:
        The content of the file, usually a dict.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is damaged, incomplete, no checkpoint, or contains code.
    """
    path = _expand(path)
    require_checkpoint_file(path)
    try:
        if is_safetensors(path):
            return _load_safetensors(path)
        if _allow_list_takes_names():
            return restore(_load_allow_listed(path, lazy=lazy))
        return restore(_load_restricted(path))
    except Exception as error:
        raise ValueError(_reason(path, error)) from error


def _expand(path: str | Path) -> Path:
    try:
        expanded = Path(path).expanduser()
        is_file = expanded.is_file()
    except (OSError, RuntimeError) as error:  # a name too long, a user without a home
        raise ValueError(
            f"the checkpoint is {str(path)[:80]!r}, which is no valid path ({error}): "
            "correct the path"
        ) from error
    if not is_file:
        raise FileNotFoundError(
            f"no checkpoint at {expanded}: check the path, or get the file; "
            "docs/weights.md lists where"
        )
    return expanded


def _load_safetensors(path: Path) -> dict[str, Any]:
    with safe_open(path, framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        return {"state_dict": tensors, "meta": file.metadata() or {}}


def _allow_list_takes_names() -> bool:
    """Return whether torch accepts a class for a name (2.6 and later)."""
    major, minor = torch.__version__.split(".")[:2]
    return (int(major), int(minor)) >= (2, 6)


def _load_allow_listed(path: Path, *, lazy: bool) -> Any:
    mmap = lazy and zipfile.is_zipfile(path)  # the older format cannot be mapped
    with _only_safe_globals([(kind, name) for name, kind in INERT.items()]):
        return torch.load(path, map_location="cpu", weights_only=True, mmap=mmap)


@contextmanager
def _only_safe_globals(allowed: list[Any]) -> Iterator[None]:
    """Allow these names only: other packages may have allowed functions to be called.

    mmengine allows `getattr`, for example, with which a pickle reaches any function.
    """
    others = torch.serialization.get_safe_globals()
    torch.serialization.clear_safe_globals()
    torch.serialization.add_safe_globals(allowed)
    try:
        yield
    finally:
        torch.serialization.clear_safe_globals()
        torch.serialization.add_safe_globals(others)


def _load_restricted(path: Path) -> Any:
    """Read with an unpickler that knows the names above and no others."""
    reader = SimpleNamespace(
        Unpickler=_RestrictedUnpickler,
        load=lambda file, **kwargs: _RestrictedUnpickler(file, **kwargs).load(),
        __name__=__name__,
    )
    return torch.load(
        path,
        map_location="cpu",
        pickle_module=reader,
        weights_only=False,  # torch's own reader; the one above is stricter here
    )


class _RestrictedUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        full_name = f"{module.replace('__builtin__', 'builtins')}.{name}"
        if full_name in INERT:
            return INERT[full_name]
        if (module, name) in _TENSOR_NAMES:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"Unsupported global: GLOBAL {full_name}")


def _reason(path: Path, error: Exception) -> str:
    """Describe in one sentence why the file was not read."""
    if isinstance(error, RecursionError):
        return (
            f"{path} was not read: its lists or dicts are nested deeper than in any "
            "checkpoint; fetch it from another source"
        )
    refused = re.search(
        r"(?:GLOBAL|unrecognized function|unsupported GLOBAL) ([\w.]+)", str(error)
    )
    if refused:
        return (
            f"{path} was not read: it asks for {refused[1]}, which is not part of a "
            "known checkpoint and could run any code; if you trust its source, load "
            "it yourself and save only its weights"
        )
    first_line = (str(error).splitlines() or [""])[0]
    if "weights_only" in first_line:  # advice of torch to switch the check off
        first_line = "no readable checkpoint"
    return (
        f"{path} cannot be read as a checkpoint "
        f"({type(error).__name__}: {first_line}): it is damaged, "
        "incomplete or another kind of file; fetch it again"
    )
