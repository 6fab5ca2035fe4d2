"""Time exported files in onnxruntime against the same models in PyTorch.

The embedded backbone and the published re-ID model, both of nano size at 64×32, and a
backbone of random weights of the size of a released one. Both sides get the same images
and the default λ.

    python benchmarks/onnx.py
    python benchmarks/onnx.py --models backbone-tiny --batches 1 --threads 1
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
# This folder goes to the end: the package `onnx` has the name of this file.
sys.path.append(str(Path(__file__).resolve().parent))
sys.path.remove(str(Path(__file__).resolve().parent))

from benchmarks.report import Report
from benchmarks.side_by_side import (
    COMPARED,
    add_options,
    alternate,
    compare,
    prepared,
)
from solider_mm.apis import ReIDInferencer
from solider_mm.export import export_onnx
from solider_mm.export.self_check import open_session
from solider_mm.models.backbones import SOLIDERSwin

MODELS = ("backbone-nano", "reid-nano", "backbone-tiny")
Eager = Callable[[Tensor], Tensor]


def main(argv: Sequence[str] | None = None) -> int:
    """Print one row per model, batch and number of threads; return the exit code."""
    args = parse_args(argv)
    report = Report(
        "onnx",
        "Exported files in onnxruntime (ours) against the same models in PyTorch",
        ["model", "batch", "threads", *COMPARED],
    )
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        for name in args.models:
            file = Path(folder) / f"{name}.onnx"
            size, eager = build(name, file)
            for threads in args.thread_counts:
                args.threads = threads
                with prepared(args):
                    for batch in args.batches:
                        images = torch.rand(batch, 3, *size)
                        session = open_session(file, threads)
                        times = alternate(
                            {
                                "ours": run_file(session, images),
                                "other": run_eager(eager, images),
                            },
                            args.repeats,
                        )
                        cells = compare(times["ours"], times["other"])
                        report.add(name, str(batch), str(threads), *cells)
    report.finish(args, argv)
    return 0


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="+", default=MODELS, choices=MODELS)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8])
    parser.add_argument(
        "--threads",
        dest="thread_counts",
        type=int,
        nargs="+",
        default=[1, 2],
        help="CPU threads of both sides",
    )
    add_options(parser, "--repeats", "--record", "--document")
    parser.set_defaults(repeats=15)
    return parser.parse_args(argv)


def build(name: str, file: Path) -> tuple[tuple[int, int], Eager]:
    """Export a model; return the size of its images and the model in PyTorch."""
    if name == "reid-nano":
        reid = ReIDInferencer(show_progress=False, device="cpu")
        facts = export_onnx(ReIDInferencer.default_model, file)
        model = reid.model
        return facts["size"], lambda images: model.extract_feat(
            images, stage="pre_logits"
        )
    if name == "backbone-nano":
        facts = export_onnx("embedded", file)
        backbone = SOLIDERSwin.from_pretrained("embedded")
    else:
        weights = file.with_suffix(".safetensors")
        save_file(SOLIDERSwin(arch="tiny").state_dict(), weights)
        facts = export_onnx(weights, file, semantic_weight=0.2, size=(256, 128))
        backbone = SOLIDERSwin.from_pretrained(weights)
    return facts["size"], lambda images: backbone(images, 0.2)[-1]


def run_file(session: Any, images: Tensor) -> Callable[[int], None]:
    """A function that runs an exported file once."""
    feed = {"images": images.numpy()}

    def run(_: int) -> None:
        session.run(None, feed)

    return run


def run_eager(eager: Eager, images: Tensor) -> Callable[[int], None]:
    """A function that runs a model in PyTorch once."""

    def run(_: int) -> None:
        eager(images)

    return run


if __name__ == "__main__":
    sys.exit(main())
