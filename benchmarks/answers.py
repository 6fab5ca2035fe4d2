"""Measure answers for a user's own images against the bare computation.

    folder   features of a folder of crops, read, resized and written, against the
             forward passes alone on images in memory
    gallery  nearest images by `GalleryIndex` against torch's matrix product and top-k
    video    resident memory while a long video is answered, frame by frame
    start    seconds from an empty process to the first answer, per task

Every subject is a table of its own:

    python benchmarks/answers.py folder --threads 2
    python benchmarks/answers.py gallery --threads 2
    python benchmarks/answers.py video --frames 10000
    python benchmarks/answers.py start
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.peak_memory import resident
from benchmarks.report import Report
from benchmarks.side_by_side import (
    COMPARED,
    add_options,
    alternate,
    compare,
    prepared,
)
from solider_mm.apis import FeatureExtractor, GalleryIndex
from solider_mm.models.backbones import SOLIDERSwin
from solider_mm.synthetic import render_pedestrian, render_scene

NUM_PEOPLE = 50  # rendered crops; a folder of more repeats them
SIDE_BY_SIDE = ("subject", *COMPARED, "goal")
TASKS = ("features", "reid", "attributes", "detect", "search", "parse", "pose", "parts")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table of a subject; return the exit code."""
    args = parse_args(argv)
    with prepared(args), tempfile.TemporaryDirectory() as scratch:
        report = SUBJECTS[args.subject](args, Path(scratch))
        report.finish(args, argv)
    return 0


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("subject", choices=SUBJECTS)
    parser.add_argument("--images", type=int, default=1000, help="crops of the folder")
    parser.add_argument("--batch", type=int, default=32, help="images per forward")
    parser.add_argument(
        "--archs", nargs="+", default=["nano", "tiny"], help="backbones of the folder"
    )
    parser.add_argument("--gallery", type=int, default=20_000, help="gallery images")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--channels", type=int, default=768)
    parser.add_argument("--topk", type=int, default=10)
    parser.add_argument("--frames", type=int, default=10_000, help="of the video")
    parser.add_argument("--task", default="features", choices=TASKS, help="of video")
    parser.add_argument(
        "--tasks", nargs="+", default=list(TASKS), choices=TASKS, help="of start"
    )
    add_options(parser, "--repeats", "--threads", "--record", "--document", repeats=5)
    return parser.parse_args(argv)


def measure_folder(args: argparse.Namespace, scratch: Path) -> Report:
    """Features of a folder against forward passes on images in memory."""
    report = Report(
        "answers folder",
        f"Features of a folder of {args.images:,} crops against the bare forward",
        SIDE_BY_SIDE,
    )
    folder = write_crops(scratch / "crops", args.images)
    for arch in args.archs:
        extractor = build_extractor(arch, scratch)

        def ours(number: int, extractor: FeatureExtractor = extractor) -> None:
            out = scratch / f"{number}"
            extractor(folder, 0.2, batch_size=args.batch, out_dir=out)

        times = alternate(
            {
                "ours": ours,
                "other": bare_forward(extractor, args.images, args.batch),
            },
            args.repeats,
            warmup=1,
        )
        height, width = extractor.size
        name = f"{arch}, {height}×{width}"
        report.add(name, *compare(times["ours"], times["other"]), "0.90")
    report.note(
        "Ours reads JPEGs of 128×64, resizes, and writes a row for each; both run "
        f"batches of {args.batch} in float32."
    )
    return report


def write_crops(folder: Path, count: int) -> Path:
    """Write JPEGs of synthetic pedestrians, 128 × 64 as in Market-1501."""
    folder.mkdir()
    people = [
        render_pedestrian(person, camera=person % 6, shot=0)["image"][..., ::-1]
        for person in range(min(count, NUM_PEOPLE))
    ]
    for number in range(count):
        cv2.imwrite(str(folder / f"{number:05}.jpg"), people[number % len(people)])
    return folder


def build_extractor(arch: str, scratch: Path) -> FeatureExtractor:
    """Build an extractor: the embedded nano one, or a random one at 256 × 128."""
    if arch == "nano":
        return FeatureExtractor(device="cpu", show_progress=False)
    weights = scratch / f"{arch}.pth"
    torch.save(SOLIDERSwin(arch=arch).state_dict(), weights)
    config = Config(
        {
            "model": {"backbone": {"type": "solider_mm.SOLIDERSwin", "arch": arch}},
            "global_size": (256, 128),
            "default_scope": "mmpretrain",
        }
    )
    return FeatureExtractor(config, weights, "cpu", show_progress=False)


def bare_forward(
    extractor: FeatureExtractor, count: int, batch: int
) -> Callable[[int], None]:
    """A function that passes images in memory through the extractor's backbone."""
    images = torch.randn(count, 3, *extractor.size)

    def run(_: int) -> None:
        with torch.no_grad():
            for chunk in images.split(batch):
                weight = torch.full((len(chunk),), 0.2)
                extractor.model(chunk, weight)[-1].mean((2, 3)).numpy()

    return run


def measure_gallery(args: argparse.Namespace, scratch: Path) -> Report:  # noqa: ARG001
    """Nearest gallery images against torch's product and top-k."""
    report = Report(
        "answers gallery",
        f"{args.queries} queries in a gallery of {args.gallery:,} × {args.channels}",
        SIDE_BY_SIDE,
    )
    random = np.random.default_rng(0)
    features = random.standard_normal(
        (args.gallery + args.queries, args.channels), np.float32
    )
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    queries, gallery = np.split(features, [args.queries])
    index = GalleryIndex(gallery, [str(row) for row in range(len(gallery))])
    table = torch.from_numpy(gallery)
    times = alternate(
        {
            "ours": lambda _: index.query(queries, topk=args.topk),
            "other": lambda _: (torch.from_numpy(queries) @ table.T).topk(args.topk),
        },
        args.repeats,
    )
    cells = compare(times["ours"], times["other"])
    report.add(f"top {args.topk}", *cells, "0.91")
    return report


def measure_video(args: argparse.Namespace, scratch: Path) -> Report:
    """Resident memory over the frames of a long video."""
    report = Report(
        "answers video",
        f"Resident memory over a video of {args.frames:,} frames",
        ("task", "seconds", "after a tenth, MiB", "range of the rest, MiB", "change"),
    )
    video = write_video(scratch / "long.mp4", args.frames)
    inferencer = build_inferencer(args.task)
    start, memory = time.perf_counter(), []
    for number, _ in enumerate(inferencer.iterate(str(video), batch_size=args.batch)):
        if number % 100 == 0:
            memory.append(resident("VmRSS"))
    seconds = time.perf_counter() - start
    settled = memory[len(memory) // 10 :]
    first, low, high = settled[0], min(settled), max(settled)
    change = f"{100 * (low / first - 1):+.1f} to {100 * (high / first - 1):+.1f} %"
    report.add(
        args.task, f"{seconds:.0f}", f"{first:.0f}", f"{low:.0f} to {high:.0f}", change
    )
    report.note("Sampled every 100 frames of 240×320; the goal is ± 5 %.")
    return report


def build_inferencer(task: str) -> FeatureExtractor:
    """Build the default inferencer of a task."""
    from solider_mm import apis
    from solider_mm.commands.options import CLASSES

    return getattr(apis, CLASSES[task])(device="cpu", show_progress=False)


def write_video(path: Path, frames: int) -> Path:
    """Write a street in which the picture slides to the side."""
    picture = render_scene(0, (240, 480), num_people=4)["image"][..., ::-1]
    wide = np.concatenate([picture, picture], axis=1)
    code = cv2.VideoWriter.fourcc(*"mp4v")
    stream = cv2.VideoWriter(str(path), code, 25.0, (320, 240))
    for number in range(frames):
        left = 2 * number % 480
        stream.write(np.ascontiguousarray(wide[:, left : left + 320]))
    stream.release()
    return path


def measure_start(args: argparse.Namespace, scratch: Path) -> Report:
    """Seconds of whole processes that answer for one image."""
    report = Report(
        "answers start",
        "Whole process with one image and the default model",
        ("task", "seconds (range)", "of the processors (range)", "goal"),
    )
    image = scratch / "scene.png"
    cv2.imwrite(str(image), render_scene(0, (240, 320))["image"][..., ::-1])
    for task in args.tasks:
        times = [answer_once(task, image, scratch / task) for _ in range(args.repeats)]
        cells = [
            f"{statistics.median(each):.1f} ({min(each):.1f} to {max(each):.1f})"
            for each in zip(*times, strict=True)
        ]
        report.add(task, *cells, "10")
    report.note(
        "Seconds of the processors are those of all threads together, without waiting "
        "for a core or a file."
    )
    return report


def answer_once(task: str, image: Path, out: Path) -> tuple[float, float]:
    """Seconds of one process, by the clock and of the processors."""
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-m", "solider_mm", task, str(image), "--out", str(out)]
    start, used = time.perf_counter(), processor_seconds()
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    return time.perf_counter() - start, processor_seconds() - used


def processor_seconds() -> float:
    """Seconds that ended child processes have computed."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


SUBJECTS: dict[str, Callable[[argparse.Namespace, Path], Report]] = {
    "folder": measure_folder,
    "gallery": measure_gallery,
    "video": measure_video,
    "start": measure_start,
}


if __name__ == "__main__":
    sys.exit(main())
