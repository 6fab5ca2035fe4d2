"""Tracing and exporting the backbone: equal outputs, and no wrong size in silence."""

from contextlib import AbstractContextManager

import pytest
import torch
from mmengine.analysis import get_model_complexity_info
from torch import Tensor, nn

from solider_mm.functional import windows
from solider_mm.models.backbones import SOLIDERSwin

SMALL = {"embed_dims": 8, "depths": (2, 1), "num_heads": (1, 2)}
EXAMPLE = (2, 48, 40)
SIZES = [EXAMPLE, (3, 48, 40), (1, 64, 64), (2, 37, 41), (5, 32, 96)]
has_dynamic_sizes = pytest.mark.skipif(
    not hasattr(torch.export, "Dim") or not hasattr(torch.export.Dim, "DYNAMIC"),
    reason="this torch exports fixed sizes only",
)


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """An export must not depend on an earlier forward pass."""
    windows.window_layout.cache.clear()


@pytest.fixture
def model() -> SOLIDERSwin:
    model = SOLIDERSwin(arch=SMALL, window_size=4, out_indices=(0, 1)).eval()
    for parameter in model.parameters():
        if parameter.ndim > 1:
            nn.init.normal_(parameter, std=0.2)
    return model.requires_grad_(False)


def inputs(batch: int, height: int, width: int) -> tuple[Tensor, Tensor]:
    return torch.randn(batch, 3, height, width), torch.rand(batch)


def assert_equal(one: tuple[Tensor, ...], other: tuple[Tensor, ...]) -> None:
    for ours, expected in zip(one, other, strict=True):
        torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("requires_grad", [False, True])
def test_trace_equals_the_model_for_any_batch(model, tmp_path, requires_grad):
    model.requires_grad_(requires_grad)
    traced = torch.jit.trace(model, inputs(*EXAMPLE))
    traced.save(str(tmp_path / "model.pt"))
    loaded = torch.jit.load(str(tmp_path / "model.pt"))
    for batch in (2, 5):
        images, weight = inputs(batch, *EXAMPLE[1:])
        assert_equal(loaded(images, weight), model(images, weight))


@pytest.mark.parametrize("size", [(64, 40), (48, 24), (16, 16)])
def test_trace_refuses_another_size(model, size):
    traced = torch.jit.trace(model, inputs(*EXAMPLE))
    with pytest.raises(RuntimeError):
        traced(*inputs(2, *size))


def test_operations_are_counted_as_for_mmengines_tools():
    """`get_flops.py` of the hosts counts by a trace."""
    model = SOLIDERSwin(arch="nano", semantic_weight=0.2)
    small, large = (
        get_model_complexity_info(model, (3, height, 32), show_table=False)["flops"]
        for height in (64, 128)
    )
    assert small > 2e7
    assert large == pytest.approx(2 * small, rel=0.01)


@has_dynamic_sizes
def test_export_of_one_size_has_any_batch_and_refuses_other_sizes(model):
    batch = {0: torch.export.Dim("batch")}
    program = torch.export.export(
        model, inputs(*EXAMPLE), dynamic_shapes=(batch, batch)
    ).module()
    for count in (2, 5, 1):
        images, weight = inputs(count, *EXAMPLE[1:])
        assert_equal(program(images, weight), model(images, weight))
    with pytest.raises((RuntimeError, AssertionError)):
        program(*inputs(2, 64, 40))


@pytest.mark.slow
@has_dynamic_sizes
def test_export_of_any_size_equals_the_model(model):
    with any_number_of_windows():
        program = export_any_size(model).module()
    for size in SIZES:
        images, weight = inputs(*size)
        assert_equal(program(images, weight), model(images, weight))


def any_number_of_windows() -> AbstractContextManager[None]:
    """Otherwise one window in a row or column would be a case of its own."""
    return torch.fx.experimental._config.patch(backed_size_oblivious=True)


def export_any_size(model: nn.Module) -> torch.export.ExportedProgram:
    batch, side = {0: torch.export.Dim("batch")}, torch.export.Dim.DYNAMIC
    shapes = ({**batch, 2: side, 3: side}, batch)
    return torch.export.export(model, inputs(*EXAMPLE), dynamic_shapes=shapes)


@pytest.mark.slow
@has_dynamic_sizes
def test_onnx_of_any_size_equals_the_model(model, tmp_path):
    runtime = pytest.importorskip("onnxruntime", reason="needs the extra [onnx]")
    pytest.importorskip("onnxscript", reason="needs the extra [onnx]")
    file, names = str(tmp_path / "model.onnx"), ["images", "semantic_weight"]
    with any_number_of_windows():
        program = export_any_size(model)
        torch.onnx.export(program, f=file, dynamo=True, input_names=names)
    session = runtime.InferenceSession(file)
    for size in [*SIZES, (1, 4, 4), (2, 256, 128)]:
        images, weight = inputs(*size)
        maps = session.run(None, feed(images, weight))
        assert_equal(tuple(map(torch.from_numpy, maps)), model(images, weight))


@pytest.mark.slow
@has_dynamic_sizes
def test_onnx_of_one_size_equals_the_model(model, tmp_path):
    runtime = pytest.importorskip("onnxruntime", reason="needs the extra [onnx]")
    pytest.importorskip("onnxscript", reason="needs the extra [onnx]")
    batch, file = {0: torch.export.Dim("batch")}, str(tmp_path / "model.onnx")
    names = ["images", "semantic_weight"]
    torch.onnx.export(
        model,
        inputs(*EXAMPLE),
        file,
        dynamo=True,
        dynamic_shapes=(batch, batch),
        input_names=names,
    )
    session = runtime.InferenceSession(file)
    for count in (2, 5, 1):
        images, weight = inputs(count, *EXAMPLE[1:])
        maps = session.run(None, feed(images, weight))
        assert_equal(tuple(map(torch.from_numpy, maps)), model(images, weight))
    with pytest.raises(Exception, match="invalid dimensions"):
        session.run(None, feed(*inputs(2, 64, 40)))


def feed(images: Tensor, weight: Tensor) -> dict[str, object]:
    return {"images": images.numpy(), "semantic_weight": weight.numpy()}
