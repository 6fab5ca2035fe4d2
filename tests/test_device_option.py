import pytest

from solider_mm.command_line import add_run_options, create_parser, parse_run_options
from solider_mm.device_option import device_of_mim, select_gpu


@pytest.mark.parametrize(
    ("device", "visible", "expected"),
    [
        (None, None, None),
        ("cuda", None, None),
        ("cuda", "3", "3"),
        ("cpu", "3", ""),
        ("cpu", None, ""),
        ("cuda:1", None, "1"),
        ("cuda:1", "5,7", "7"),
        ("cuda:2", "5,7", ""),  # there is none: torch sees no GPU
    ],
)
def test_torch_sees_the_chosen_device_only(device, visible, expected) -> None:
    environment = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    select_gpu(device, environment)
    assert environment.get("CUDA_VISIBLE_DEVICES") == expected


@pytest.mark.parametrize("device", ["nonsense", "cuda:", "cuda:x", "gpu", "-1"])
def test_other_names_are_refused(device, monkeypatch, capsys) -> None:
    parser = create_parser("Docstring.")
    add_run_options(parser, "a.b=1")
    monkeypatch.setattr("sys.argv", ["tool", f"--device={device}"])
    with pytest.raises(SystemExit) as stop:
        parse_run_options(parser)
    assert stop.value.code == 2
    assert f"--device is {device!r}, expected cpu, cuda" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "device"),
    [
        ("mim train solider_mm a.py", None),
        ("mim train solider_mm a.py --gpus 0", "cpu"),
        ("mim train solider_mm a.py --gpus=1 --work-dir x", "cuda"),
        ("mim train solider_mm a.py -G 2", "cuda"),
        ("mim train solider_mm a.py --gpus-per-node 8", None),
        ("mim train solider_mm a.py --gpus many", None),
    ],
)
def test_number_of_gpus_that_mim_was_given(words, device) -> None:
    assert device_of_mim(words.split()) == device
