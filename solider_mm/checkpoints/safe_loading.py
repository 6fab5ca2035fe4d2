"""Read a checkpoint file without running anything it may contain."""

import argparse
import pickle
import re
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from safetensors import safe_open

__all__ = ["load_file"]

# What the authors' and OpenMMLab's trainers store beside the tensors. The authors'
# command line is read as it is; all else is bookkeeping of the training run, of which
# only an empty stand-in is made: its own code is never called.
_READ = {"argparse.Namespace": argparse.Namespace}
_EMPTIED = (
    "builtins.getattr",
    "mmcv.utils.config.ConfigDict",
    "mmengine.config.config.ConfigDict",
    "mmengine.logging.history_buffer.HistoryBuffer",
    "numpy._core.multiarray._reconstruct",
    "numpy._core.multiarray.scalar",
    "numpy.core.multiarray._reconstruct",
    "numpy.core.multiarray.scalar",
    "numpy.dtype",
    "numpy.dtypes.Float32DType",
    "numpy.dtypes.Float64DType",
    "numpy.dtypes.Int64DType",
    "numpy.ndarray",
    "pathlib.PosixPath",
    "yacs.config.CfgNode",
)
# What tensors themselves are made of, for versions of torch that cannot be told.
_TENSORS = {
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


class _Emptied:
    """Stands for an object whose content is not wanted; it keeps nothing."""

    def __init__(self, *_: Any) -> None: ...

    def __new__(cls, *_: Any) -> "_Emptied":
        return super().__new__(cls)

    def __setstate__(self, _: Any) -> None: ...


def load_file(path: str | Path) -> Any:
    """Read a `.pth` or `.safetensors` file onto the CPU.

    Tensors, containers, numbers and text are read. Anything that would have to be
    called to be read is refused, apart from the short list above.

    Args:
        path: Of the file.

    Returns:
        What the file holds, usually a dict.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, incomplete, not a checkpoint, or holds code.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(
            f"no checkpoint at {path}: check the path, or download the file first"
        )
    try:
        if path.suffix == ".safetensors":
            return _load_safetensors(path)
        if _allow_list_takes_names():
            return _load_allow_listed(path)
        return _load_restricted(path)
    except Exception as error:
        raise ValueError(_reason(path, error)) from error


def _load_safetensors(path: Path) -> dict[str, Any]:
    with safe_open(path, framework="pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        return {"state_dict": tensors, "meta": file.metadata() or {}}


def _allow_list_takes_names() -> bool:
    """Whether torch can be told which class to use for a name (since 2.6)."""
    major, minor = torch.__version__.split(".")[:2]
    return (int(major), int(minor)) >= (2, 6)


def _load_allow_listed(path: Path) -> Any:
    allowed: list[Any] = [(value, name) for name, value in _READ.items()]
    allowed += [(_Emptied, name) for name in _EMPTIED]
    with torch.serialization.safe_globals(allowed):
        return torch.load(path, map_location="cpu", weights_only=True)


def _load_restricted(path: Path) -> Any:
    """The same for older torch, whose `weights_only` cannot be extended.

    The file is read by an unpickler that knows the names above and no others.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as file:
            if any(name.endswith("/constants.pkl") for name in file.namelist()):
                raise pickle.UnpicklingError("a TorchScript program")
    reader = SimpleNamespace(
        Unpickler=_RestrictedUnpickler,
        load=lambda file, **kwargs: _RestrictedUnpickler(file, **kwargs).load(),
        __name__=__name__,
    )
    return torch.load(
        path,
        map_location="cpu",
        pickle_module=reader,
        weights_only=False,  # of torch; the reader above is the stricter one here
    )


class _RestrictedUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        full_name = f"{module.replace('__builtin__', 'builtins')}.{name}"
        if full_name in _READ:
            return _READ[full_name]
        if full_name in _EMPTIED:
            return _Emptied
        if (module, name) in _TENSORS:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"Unsupported global: GLOBAL {full_name}")


def _reason(path: Path, error: Exception) -> str:
    """One sentence on why the file was not read."""
    refused = re.search(
        r"(?:GLOBAL|unrecognized function|unsupported GLOBAL) ([\w.]+)", str(error)
    )
    if refused:
        return (
            f"{path} was not read: it asks for {refused[1]}, which is not part of a "
            "checkpoint we know and could run any code; if you trust its source, load "
            "it yourself and save only its weights"
        )
    first_line = (str(error).splitlines() or [""])[0]
    return (
        f"{path} cannot be read as a checkpoint "
        f"({type(error).__name__}: {first_line}): it is damaged, "
        "incomplete or another kind of file; fetch it again"
    )
