"""λ as an input with a default value: an initializer that is also an input.

A consumer that feeds only images gets the default. Others feed one number for all
images, or one per image.
"""

from typing import Any

import numpy as np

__all__ = ["SEMANTIC_WEIGHT", "add_default_semantic_weight"]

SEMANTIC_WEIGHT = "semantic_weight"
_PER_IMAGE = "semantic_weight_per_image"
_COUNT = "image_count"


def add_default_semantic_weight(model: Any, value: float, images: str) -> None:
    """Give the input of λ a default value and a length of its own.

    Args:
        model: ONNX model, changed in place, whose input `semantic_weight` has one
            number per image.
        value: Default λ.
        images: Name of the input of images.
    """
    from onnx import helper, numpy_helper  # noqa: PLC0415  optional extra

    graph = model.graph
    for node in graph.node:
        for place, name in enumerate(node.input):
            if name == SEMANTIC_WEIGHT:
                node.input[place] = _PER_IMAGE
    (given,) = (one for one in graph.input if one.name == SEMANTIC_WEIGHT)
    given.type.tensor_type.shape.dim[0].dim_param = "semantic_weights"
    default = np.array([value], np.float32)
    graph.initializer.append(numpy_helper.from_array(default, SEMANTIC_WEIGHT))
    graph.node.insert(0, helper.make_node("Shape", [images], [_COUNT], start=0, end=1))
    expand = helper.make_node("Expand", [SEMANTIC_WEIGHT, _COUNT], [_PER_IMAGE])
    graph.node.insert(1, expand)
