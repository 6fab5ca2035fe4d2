"""What an exported file says of itself: `metadata_props` and the JSON beside it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from solider_mm.checkpoints.embedded import EMBEDDED_CHECKPOINTS
from solider_mm.export.model_to_export import ModelToExport
from solider_mm.export.task_graph import TaskGraph

__all__ = ["clean_model", "file_facts", "sidecar_path", "write_props"]

_EMBEDDED_DATA = "synthetic pedestrians"


def file_facts(
    found: ModelToExport, graph: TaskGraph, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Facts about a file, as plain values.

    Args:
        found: Model that was exported.
        graph: Its graph.
        settings: What was chosen for this export.

    Returns:
        Task, λ, size, channel order, mean and std, outputs, classes, license and
        checksum of the weights.
    """
    known = dict(found.metadata)
    if found.name in EMBEDDED_CHECKPOINTS:
        known = {"Weights License": "Apache-2.0", "Training Data": _EMBEDDED_DATA}
    size = list(found.size)
    facts = {
        "model_name": found.name,
        "task": found.task,
        **settings,
        "semantic_weight_range": [0.0, 1.0],
        "order": "RGB",
        "layout": "NCHW",
        "mean": list(map(float, found.mean)),
        "std": list(map(float, found.std)),
        "normalization": "in the graph: feed images as `expects` says; mean and std, "
        "in 0…255, are those of the model",
        "outputs": list(graph.output_names),
        **graph.facts(),
        "classes": list(found.classes),
        "license": known.get("Weights License", "unknown"),
        "training_data": known.get("Training Data", "unknown"),
        "weights_sha256": found.weights_sha256,
    }
    if found.task == "reid":  # boxmot reads these of the file beside a model
        facts |= {"preprocess": "resize", "model_kwargs": {"img_size": size}}
    return facts


def write_props(model: Any, facts: Mapping[str, Any]) -> None:
    """Put facts into the `metadata_props` of an ONNX model.

    Args:
        model: ONNX model, changed in place.
        facts: Plain values; all but texts are written as JSON.
    """
    for name, value in facts.items():
        if name in ("model_kwargs", "preprocess"):
            continue  # of the file beside it
        text = (
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        )
        entry = model.metadata_props.add()
        entry.key, entry.value = name, text


def clean_model(model: Any) -> None:
    """Name the free dimensions; remove what the exporter notes of this machine.

    Args:
        model: ONNX model with the input `images`, changed in place.
    """
    del model.metadata_props[:]
    del model.graph.value_info[:]  # shapes in between, which runtimes infer
    model.doc_string = model.graph.doc_string = ""
    del model.graph.metadata_props[:]
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]  # paths and lines of sources
    values = (*model.graph.input, *model.graph.output)
    (images,) = (one for one in values if one.name == "images")
    symbols = [one.dim_param for one in images.type.tensor_type.shape.dim]
    names = dict(zip(symbols, ("batch", "", "height", "width"), strict=True))
    for value in values:
        del value.metadata_props[:]
        for one in value.type.tensor_type.shape.dim:
            if one.dim_param:
                one.dim_param = names.get(one.dim_param, one.dim_param)


def sidecar_path(path: Path) -> Path:
    """Place of the JSON beside a file: `reid.onnx.metadata.json`."""
    return path.with_name(f"{path.name}.metadata.json")
