"""What a figure depends on: processor, accelerator, torch, threads, load, date."""

import os
import platform
from datetime import date
from pathlib import Path

import torch

__all__ = ["describe_machine", "load_average"]

# Features that decide which kernels torch can use.
FEATURES = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")


def describe_machine(device: str = "cpu", cpuinfo: Path | None = None) -> str:
    """One line about this machine, without its name.

    Args:
        device: Named if it is an accelerator.
        cpuinfo: Instead of `/proc/cpuinfo`.

    Returns:
        Processor with cores and features, torch, threads, date.
    """
    model, flags = _processor(cpuinfo or Path("/proc/cpuinfo"))
    have = [feature for feature in FEATURES if feature in flags]
    lack = [feature for feature in FEATURES if feature not in flags]
    features = [f"with {', '.join(have)}"] if have else []
    features += [f"without {', '.join(lack)}"] if lack else []
    parts = [f"{model}, {os.cpu_count()} cores ({'; '.join(features)})"]
    if device.startswith("cuda"):
        parts.append(torch.cuda.get_device_name(device))
    threads = torch.get_num_threads()
    parts.append(f"torch {torch.__version__}, {threads} thread{'s'[: threads != 1]}")
    return ", ".join([*parts, f"{date.today():%Y-%m-%d}"])


def load_average() -> float:
    """How many processes wanted to run during the last minute."""
    return os.getloadavg()[0]


def _processor(cpuinfo: Path) -> tuple[str, set[str]]:
    """Name and features of the first core; Linux only, else what Python knows."""
    if not cpuinfo.is_file():
        return platform.processor() or platform.machine(), set()
    rows = (
        line.partition(":") for line in cpuinfo.read_text(encoding="utf-8").splitlines()
    )
    facts: dict[str, str] = {}
    for key, _, value in rows:
        facts.setdefault(key.strip(), value.strip())
    return facts.get("model name", "unknown"), set(facts.get("flags", "").split())
