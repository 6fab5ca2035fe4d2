"""Time one probe at many λ against one probe per λ.

The probe renders people once and computes what λ does not change, patch embedding and
first stage, once for all λ. The baseline starts anew for every λ.

    python benchmarks/semantic_weights.py --threads 1
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.report import Report
from benchmarks.side_by_side import COMPARED, add_options, alternate, compare, prepared
from solider_mm.evaluation.semantic_weight.people import ProbePeople
from solider_mm.evaluation.semantic_weight.probe import probe_semantic_weight
from solider_mm.models.backbones import SOLIDERSwin
from solider_mm.synthetic import render_pedestrian

SIZE = (64, 32)


def main(argv: Sequence[str] | None = None) -> int:
    """Print one row; return the exit code."""
    args = parse_args(argv)
    report = Report(
        "semantic_weights",
        f"Probe of {args.weights} values of λ, nano λ-Swin, against one run per λ",
        ["λ", "people", *COMPARED],
    )
    with prepared(args):
        backbone = SOLIDERSwin(arch="nano").eval()
        calls = {
            "ours": probe_at_once(backbone, args.identities, args.weights),
            "other": probe_one_by_one(backbone, args.identities, args.weights),
        }
        times = alternate(calls, args.repeats, warmup=1)
        cells = compare(times["ours"], times["other"])
        report.add(str(args.weights), str(args.identities), *cells)
        report.finish(args, argv)
    return 0


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weights", type=int, default=11, help="values of λ")
    parser.add_argument("--identities", type=int, default=50, help="people, six crops")
    add_options(parser, "--repeats", "--threads", "--record", "--document", repeats=2)
    return parser.parse_args(argv)


def probe_at_once(
    backbone: nn.Module, identities: int, count: int
) -> Callable[[int], None]:
    """A function that probes all λ in one run."""
    weights = torch.linspace(0, 1, count).tolist()

    def run(_: int) -> None:
        probe_semantic_weight(backbone, render(identities), weights)

    return run


def probe_one_by_one(
    backbone: nn.Module, identities: int, count: int
) -> Callable[[int], None]:
    """A function that starts a run for every λ."""
    weights = torch.linspace(0, 1, count).tolist()

    def run(_: int) -> None:
        for weight in weights:
            probe_semantic_weight(backbone, render(identities), [weight])

    return run


def render(identities: int) -> ProbePeople:
    """People that three cameras see twice."""
    people = [
        render_pedestrian(person, camera, shot, SIZE, background="noise")
        for person in range(identities)
        for camera in range(3)
        for shot in range(2)
    ]
    return ProbePeople.of(people, SIZE)


if __name__ == "__main__":
    sys.exit(main())
