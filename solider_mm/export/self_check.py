"""Compare an exported file in onnxruntime with the model in PyTorch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from solider_mm.export.expected_input import ExpectedInput
from solider_mm.export.semantic_weight_input import SEMANTIC_WEIGHT
from solider_mm.export.task_graph import TaskGraph

__all__ = ["BATCHES", "check_onnx", "open_session"]

BATCHES = (1, 3)


def check_onnx(
    path: Path,
    graph: TaskGraph,
    expected_input: ExpectedInput,
    semantic_weight: float,
    sizes: Sequence[tuple[int, int]],
    tolerance: float,
) -> float:
    """Compare at three λ (default, 0, one per image), several batches and sizes.

    The model in PyTorch gets images normalized as in training, so that a wrong
    normalization in the file shows as well.

    Args:
        path: ONNX file.
        graph: What was exported, in float32.
        expected_input: What the file expects.
        semantic_weight: Default λ of the file.
        sizes: Sizes (H, W) of images.
        tolerance: Largest accepted difference, see `scaled_difference`.

    Returns:
        The largest difference.

    Raises:
        ValueError: If a difference is larger, or the file does not run.
    """
    session = open_session(path)
    generator = torch.Generator().manual_seed(0)
    largest = 0.0
    for height, width in sizes:
        for batch in BATCHES:
            pixels = 255 * torch.rand(batch, 3, height, width, generator=generator)
            per_image = torch.linspace(0, 1, batch) if batch > 1 else torch.ones(1)
            for text, fed in (
                (f"default λ = {semantic_weight:g}", None),
                ("λ = 0", torch.zeros(1)),
                ("one λ per image", per_image),
            ):
                weight = torch.tensor([semantic_weight]) if fed is None else fed
                expected = _expected(graph, expected_input, pixels, weight)
                feed = {"images": expected_input.from_pixels(pixels).numpy()}
                if fed is not None:
                    feed[SEMANTIC_WEIGHT] = fed.numpy()
                place = f"size {height}×{width}, batch {batch}, {text}"
                found = _run(session, graph, feed, place)
                for name, apart in graph.differences(found, expected).items():
                    largest = max(largest, apart)
                    if not apart <= tolerance:
                        raise ValueError(
                            f"the exported file differs from PyTorch: {name} is "
                            f"{apart:.1e} apart at {place}, expected at most "
                            f"{tolerance:.0e}; nothing was written"
                        )
    return largest


def open_session(path: Path, threads: int = 0) -> Any:
    """Open a file in onnxruntime on the CPU.

    Args:
        path: ONNX file.
        threads: Number of threads; 0 leaves it to onnxruntime.

    Returns:
        `onnxruntime.InferenceSession`.
    """
    from onnxruntime import InferenceSession, SessionOptions  # noqa: PLC0415  optional

    options = SessionOptions()
    options.log_severity_level = 3  # it warns that the default λ is no constant
    options.intra_op_num_threads = threads
    return InferenceSession(path, options, providers=["CPUExecutionProvider"])


@torch.no_grad()
def _expected(
    graph: TaskGraph, expected_input: ExpectedInput, pixels: Tensor, weight: Tensor
) -> dict[str, Tensor]:
    own = expected_input.normalize_pixels(pixels)
    outputs = graph(own, weight.expand(len(pixels)).contiguous())
    return dict(zip(graph.output_names, outputs, strict=True))


def _run(
    session: Any, graph: TaskGraph, feed: dict[str, Any], place: str
) -> dict[str, Tensor]:
    names = list(graph.output_names)
    try:
        found = session.run(names, feed)
    except Exception as error:  # onnxruntime's errors have no common base
        first = str(error).strip().splitlines()[0]
        raise ValueError(
            f"the exported file does not run at {place} ({first}); nothing was written"
        ) from error
    return {n: torch.from_numpy(v) for n, v in zip(names, found, strict=True)}
