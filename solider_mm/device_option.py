"""The option that chooses the device of a run, before torch is imported.

Only the standard library is imported here, so that `-h` answers at once.
"""

import argparse
import os
import re
from collections.abc import MutableMapping, Sequence

__all__ = ["add_device_option", "apply_device", "device_of_mim", "select_gpu"]

_DEVICE = re.compile(r"cpu|cuda(:\d{1,3})?")
_VISIBLE = "CUDA_VISIBLE_DEVICES"


def add_device_option(parser: argparse.ArgumentParser) -> None:
    """Add `--device`.

    Args:
        parser: Parser to extend.
    """
    parser.add_argument(
        "--device", help="cpu, cuda or cuda:N (default: a GPU if there is one)"
    )


def apply_device(parser: argparse.ArgumentParser, device: str | None) -> None:
    """Check the device's name, and show torch no other device.

    Args:
        parser: Parser, which reports the error.
        device: What `--device` says.
    """
    if device is not None and not _DEVICE.fullmatch(device):
        parser.error(f"--device is {device!r}, expected cpu, cuda or cuda:N")
    select_gpu(device, os.environ)


def select_gpu(device: str | None, environment: MutableMapping[str, str]) -> None:
    """Hide all GPUs but the chosen one from torch.

    Args:
        device: `cpu` hides all GPUs, `cuda:N` all but the Nth visible one; others
            change nothing.
        environment: Environment variables to change.
    """
    if device == "cpu":
        environment[_VISIBLE] = ""
    elif device is not None and ":" in device:
        number = int(device.partition(":")[2])
        if _VISIBLE in environment:
            visible = environment[_VISIBLE].split(",")
            environment[_VISIBLE] = visible[number] if number < len(visible) else ""
        else:
            environment[_VISIBLE] = str(number)


def device_of_mim(words: Sequence[str]) -> str | None:
    """Return the device that a command of mim asks for.

    mim does not pass `--gpus` on. Without it, mim means one GPU, and this package a
    GPU if there is one.

    Args:
        words: Words of the command, for example `['mim', 'train', …, '--gpus', '1']`.

    Returns:
        `cpu` for 0 GPUs, `cuda` for more, None if the command does not say.
    """
    parser = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    parser.add_argument("--gpus", "-G", type=int)
    try:
        gpus = parser.parse_known_args(list(words))[0].gpus
    except argparse.ArgumentError:  # mim refuses it
        return None
    if gpus is None:
        return None
    return "cuda" if gpus else "cpu"
