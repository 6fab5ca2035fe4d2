import pytest
import torch

from solider_mm.checkpoints import (
    inspect_checkpoint,
    read_checkpoint,
    to_half,
    to_official,
    to_openmmlab,
)


def lines_of(path) -> dict[str, str]:
    lines = inspect_checkpoint(path).splitlines()
    return dict(line.split(": ", 1) for line in lines)


def test_embedded_weights() -> None:
    lines = lines_of("embedded")
    assert lines["arch"].startswith("nano: embed_dims 40, depths (1, 1, 2)")
    assert lines["type of numbers"] == "float16"
    assert lines["format"] == "OpenMMLab format, λ-Swin with semantic controllers"
    assert "MiB)" in lines["file"]
    assert "any with 'nano' in its name" in lines["config"]


@pytest.mark.parametrize(
    ("convert", "expected"),
    [(to_official, "official format"), (to_openmmlab, "OpenMMLab format, λ-Swin")],
)
def test_converted_file_is_named_by_its_format(tmp_path, convert, expected) -> None:
    content = to_half(convert(read_checkpoint("embedded")))
    torch.save(content, tmp_path / "a.pth")
    lines = lines_of(tmp_path / "a.pth")
    assert lines["format"].startswith(expected)
    assert lines["type of numbers"] == "float16"


def test_task_and_config_of_a_trained_file(tmp_path) -> None:
    name = "reid_solider-swin-nano_1xb64-bf16-adamw-15e_synthetic-64x32"
    content = to_openmmlab(read_checkpoint("embedded"))
    content["meta"]["experiment_name"] = f"{name}_20260101_000000"
    torch.save(content, tmp_path / "a.pth")
    lines = lines_of(tmp_path / "a.pth")
    assert lines["task"] == "reid"
    assert lines["config"] == f"configs/reid/{name}.py"
