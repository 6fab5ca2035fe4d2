"""Export a model with λ inside to ONNX, checked before it appears."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mmengine.logging import print_log

from solider_mm.export.expected_input import ExpectedInput
from solider_mm.export.exported_graph import ExportedGraph, to_half, to_onnx
from solider_mm.export.file_facts import (
    file_facts,
    sidecar_path,
    write_props,
)
from solider_mm.export.model_finding import find_model_to_export
from solider_mm.export.model_to_export import ModelToExport
from solider_mm.export.onnx_packages import require_onnx
from solider_mm.export.self_check import check_onnx
from solider_mm.export.semantic_weight_input import (
    add_default_semantic_weight,
)
from solider_mm.export.task_graphs import build_graph
from solider_mm.fileio.atomic import atomic_path
from solider_mm.fileio.download import sha256_of
from solider_mm.fileio.json_file import write_json
from solider_mm.functional.semantic_weight import check_semantic_weight

__all__ = ["HALF_TOLERANCE", "TOLERANCE", "export_onnx"]

TOLERANCE = 1e-4
"""Largest accepted difference to PyTorch in float32, see `scaled_difference`."""
HALF_TOLERANCE = 2e-2
"""The same for float16."""


def export_onnx(  # noqa: PLR0913
    checkpoint: str | Path,
    out: str | Path,
    *,
    config: str | Path | None = None,
    task: str | None = None,
    semantic_weight: float | None = None,
    size: tuple[int, int] | None = None,
    dynamic_size: bool = False,
    expects: str = "imagenet",
    half: bool = False,
) -> dict[str, Any]:
    """Write a model as ONNX file with λ as an input that has a default value.

    The file is compared with PyTorch in onnxruntime first. A JSON file with the same
    facts as its `metadata_props` and with its SHA-256 is written beside it.

    Args:
        checkpoint: Name of a named model, `"embedded"`, a file, a URL or `hf://…`.
        out: File to create, `.onnx`.
        config: Config of the model, if neither name nor file has one.
        task: Expected task; `"backbone"` exports only the backbone; None takes that
            of the model.
        semantic_weight: Default λ of the file; None takes that of the model.
        size: (H, W) of the images; None takes that of the model.
        dynamic_size: Whether the file takes images of any size.
        expects: What the consumer feeds, see `ExpectedInput`.
        half: Whether the weights are float16; inputs and outputs stay float32.

    Returns:
        The content of the JSON file.

    Raises:
        ValueError: If an argument is wrong, the model has no λ or no such head, or the
            file differs from PyTorch.
        FileNotFoundError: If a file does not exist.
        ImportError: If an optional package is missing.
        OSError: If `out` cannot be written.
    """
    require_onnx()
    out = Path(out)
    if out.suffix != ".onnx":
        raise ValueError(f"out is {out.name!r}: expected a name ending in .onnx")
    found = find_model_to_export(checkpoint, config, task)
    graph = build_graph(found)
    weight = _default_weight(found, semantic_weight)
    height, width = size = _checked_size(size or found.size)
    expected_input = ExpectedInput(expects, found.mean, found.std)
    settings = {
        "semantic_weight": weight,
        "expects": expects,
        "size": list(size),
        "dynamic_size": dynamic_size,
        "dtype": "float16" if half else "float32",
    }
    facts = file_facts(found, graph, settings)
    sizes = [size, (height + height // 4 + 3, width + 5)][: 1 + dynamic_size]
    with (
        _no_new_folders(out),
        atomic_path(out) as temporary,
        atomic_path(sidecar_path(out)) as beside,
    ):
        temporary.touch()  # an unwritable place is reported before the long part
        model = to_onnx(ExportedGraph(expected_input, graph), size, dynamic_size)
        if half:
            model = to_half(model)
        add_default_semantic_weight(model, weight, "images")
        write_props(model, facts)
        temporary.write_bytes(model.SerializeToString())
        tolerance = HALF_TOLERANCE if half else TOLERANCE
        apart = check_onnx(temporary, graph, expected_input, weight, sizes, tolerance)
        facts |= {"largest_difference": apart, "sha256": sha256_of(temporary)}
        write_json(beside, facts, indent=2)
    print_log(
        f"{out}: {found.task} of {found.name}, λ = {weight:g} by default, at most "
        f"{apart:.1e} from PyTorch",
        logger="current",
        level=logging.INFO,
    )
    return facts


def _default_weight(found: ModelToExport, given: float | None) -> float:
    weight = found.semantic_weight if given is None else given
    if weight is None:
        raise ValueError(
            f"{found.name} names no λ: give semantic_weight (--semantic-weight), the "
            "value that consumers get who feed only images"
        )
    return check_semantic_weight(weight)


def _checked_size(size: tuple[int, int]) -> tuple[int, int]:
    if len(size) != 2 or min(size) < 16:
        raise ValueError(
            f"size is {tuple(size)}: expected (H, W) of at least 16 pixels each"
        )
    return (int(size[0]), int(size[1]))


@contextmanager
def _no_new_folders(path: Path) -> Iterator[None]:
    """Remove the folders that were created for a file if it does not appear."""
    new = [folder for folder in path.parents if not folder.exists()]
    try:
        yield
    except BaseException:
        for folder in new:  # the innermost first
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        raise
