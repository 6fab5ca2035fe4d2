"""One graph from what a consumer feeds to a task's outputs, and its way to ONNX."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from solider_mm.export.example_size import example_size
from solider_mm.export.expected_input import ExpectedInput
from solider_mm.export.file_facts import clean_model
from solider_mm.export.semantic_weight_input import SEMANTIC_WEIGHT
from solider_mm.export.suppression import onnx_translations
from solider_mm.export.task_graph import TaskGraph

__all__ = ["ExportedGraph", "to_half", "to_onnx"]


class ExportedGraph(nn.Module):
    """Normalization and graph."""

    def __init__(self, expected_input: ExpectedInput, graph: TaskGraph) -> None:
        super().__init__()
        self.expected_input = expected_input
        # Not `graph`: an exported program has an attribute of that name.
        self.task_graph = graph

    def forward(self, images: Tensor, semantic_weight: Tensor) -> tuple[Tensor, ...]:
        """Outputs of images as a consumer feeds them."""
        outputs: tuple[Tensor, ...] = self.task_graph(
            self.expected_input(images), semantic_weight
        )
        return outputs


def to_onnx(model: ExportedGraph, size: tuple[int, int], dynamic_size: bool) -> Any:
    """Export for any batch, and for one or any size.

    Args:
        model: What is exported, in evaluation mode.
        size: (H, W) of the images.
        dynamic_size: Whether height and width are free.

    Returns:
        ONNX model with inputs `images` and `semantic_weight` (B,).
    """
    batch = {0: torch.export.Dim("batch")}
    side = torch.export.Dim.DYNAMIC
    images_shape = {**batch, 2: side, 3: side} if dynamic_size else batch
    if dynamic_size:
        size = example_size(model)
    inputs = (torch.rand(2, 3, *size), torch.rand(2))
    # Otherwise one window in a row or column would be a case of its own.
    oblivious = torch.fx.experimental._config.patch(  # type: ignore[attr-defined]
        backed_size_oblivious=True
    )
    with oblivious, _one_sentence(dynamic_size), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own deprecations
        program = torch.export.export(
            model, inputs, dynamic_shapes=(images_shape, batch)
        )
        exported = torch.onnx.export(
            program,
            dynamo=True,
            input_names=["images", SEMANTIC_WEIGHT],
            output_names=list(model.task_graph.output_names),
            custom_translation_table=onnx_translations(),
            verbose=False,
        )
    proto = exported.model_proto  # type: ignore[union-attr]
    clean_model(proto)
    return proto


@contextmanager
def _one_sentence(dynamic_size: bool) -> Iterator[None]:
    """Shorten what the exporter says of a model that it cannot write."""
    try:
        yield
    except Exception as error:  # the exporter's errors have no common base
        lines = [line for line in str(error).splitlines() if line.startswith("<class")]
        reason = (lines or [str(error).strip().partition("\n")[0]])[0]
        remedy = (
            "export one size (without dynamic_size)"
            if dynamic_size
            else ("report it with the model's config")
        )
        raise ValueError(
            f"torch cannot export this model ({type(error).__name__}: {reason[:200]}): "
            f"{remedy}; nothing was written"
        ) from error


def to_half(model: Any) -> Any:
    """Round the weights to float16; inputs and outputs stay float32.

    Args:
        model: ONNX model.

    Returns:
        The smaller model.
    """
    from onnxruntime.transformers.float16 import (  # noqa: PLC0415  optional extra
        convert_float_to_float16,
    )

    return convert_float_to_float16(model, keep_io_types=True)
