"""Shared fixtures: reference material, seeds, and markers that skip with a reason."""

import os
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from solider_mm.version_gate import require_host

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Photos and the largest golden files, which are not in the repository."""
    place = Path(os.environ.get("SOLIDER_MM_SHARED", ROOT.parent / "shared"))
    if not place.is_dir():
        pytest.skip(
            "needs photos or large golden files that are not in the repository: "
            "set SOLIDER_MM_SHARED to their folder"
        )
    return place.resolve()


@pytest.fixture(scope="session")
def golden_dir() -> Path:
    """Inputs and outputs of the authors' code, described in their README.md."""
    return ROOT / "tests" / "data" / "golden"


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """Each test draws the same numbers, whichever ran before it."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002  the libraries under us use the global generator
    torch.manual_seed(0)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gpu") and not torch.cuda.is_available():
        pytest.skip("needs a CUDA device, torch sees none")
    for marker in item.iter_markers("host"):
        try:
            require_host(marker.args[0])
        except ImportError as error:
            pytest.skip(str(error))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Count the skipped tests by reason."""
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    reasons = Counter(
        str(report.longrepr[-1]).removeprefix("Skipped: ") for report in skipped
    )
    terminalreporter.write_sep("=", f"{len(skipped)} tests skipped, by reason")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count:5} {reason}")
