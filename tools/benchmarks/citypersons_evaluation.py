"""Time the CityPersons miss rates against the same evaluation as a plain loop.

    python tools/benchmarks/citypersons_evaluation.py --images 150
    python tools/benchmarks/citypersons_evaluation.py --gt val_gt.json --dt dets.json

Both run in one process in alternating order, so that a busy machine slows both; the
figure to read is the ratio (loop / ours, above 1 means ours is faster). The results
have to agree, or the benchmark fails.
"""

import argparse
import bisect
import json
import math
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from solider_mm.evaluation.citypersons_metric import SETUPS, miss_rate
from solider_mm.evaluation.detection_curves import FPPI_SAMPLES

Boxes = list[dict[str, Any]]
Evaluation = Callable[[Any, Any, str], float]
Timing = tuple[float, list[float]]  # seconds, and the miss rate of every set-up


def main() -> int:
    """Print times and their ratio; 1 if the results differ."""
    args = parse_args()
    if args.gt is None:
        truth, found = random_scenes(args.images, args.people, args.detections)
    else:
        truth = json.loads(args.gt.read_text(encoding="utf-8"))
        found = json.loads(args.dt.read_text(encoding="utf-8"))
    print(
        f"{len(truth['images'])} images, {len(truth['annotations'])} boxes, "
        f"{len(found)} detections, {len(SETUPS)} set-ups"
    )
    ours: list[Timing] = []
    loop: list[Timing] = []
    pairs: list[tuple[list[Timing], Evaluation]]
    pairs = [(ours, miss_rate), (loop, loop_miss_rate)]
    for repeat in range(args.repeats):
        for times, evaluate in pairs if repeat % 2 else reversed(pairs):
            times.append(timed(evaluate, truth, found))
    seconds = [min(t for t, _ in times) for times in (ours, loop)]
    ratio = statistics.median(b / a for (a, _), (b, _) in zip(ours, loop, strict=True))
    print(f"ours {seconds[0]:.3f} s, loop {seconds[1]:.3f} s, ratio {ratio:.1f}")
    difference = np.abs(np.subtract(ours[0][1], loop[0][1])).max()
    print(f"largest difference of a miss rate: {difference:.1e}")
    return int(difference > 1e-9)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=int, default=150, help="random images")
    parser.add_argument("--people", type=int, default=11, help="per random image")
    parser.add_argument("--detections", type=int, default=13, help="per random image")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--gt", type=Path, help="evaluation JSON instead of random")
    parser.add_argument("--dt", type=Path, help="its detections")
    args = parser.parse_args()
    if (args.gt is None) != (args.dt is None):
        parser.error("give both --gt and --dt, or neither")
    return args


def timed(evaluate: Evaluation, truth: Any, found: Boxes) -> Timing:
    """Seconds and results of all set-ups."""
    start = time.perf_counter()
    rates = [evaluate(truth, found, setup) for setup in SETUPS]
    return time.perf_counter() - start, rates


def random_scenes(
    num_images: int, people: int, detections: int, seed: int = 0
) -> tuple[dict[str, Any], Boxes]:
    """Random people and a middling detector: jitter, doubles, false alarms, ties."""
    rng = np.random.default_rng(seed)
    annotations: Boxes = []
    found: Boxes = []
    for image in range(1, num_images + 1):
        for _ in range(int(rng.integers(0, 2 * people + 1))):
            height = float(rng.integers(15, 300))
            x, y = (float(v) for v in rng.integers(0, (1800, 700)))
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image,
                    "bbox": [x, y, round(0.41 * height), height],
                    "height": height,
                    "vis_ratio": float(rng.choice([0.1, 0.2, 0.5, 0.65, 0.9, 1.0])),
                    "ignore": int(rng.random() < 0.2),
                }
            )
        here = [a for a in annotations if a["image_id"] == image]
        for _ in range(int(rng.integers(0, 2 * detections + 1))):
            box = [1000.0 * rng.random(), 500.0 * rng.random(), 40.0, 100.0]
            if here and rng.random() < 0.7:
                x, y, w, h = here[int(rng.integers(len(here)))]["bbox"]
                shift = (0.1 * rng.standard_normal(4)).tolist()
                box = [x + shift[0] * w, y + shift[1] * h]
                box += [w + shift[2] * w, h + shift[3] * h]
            score = round(float(rng.random()), 2)
            found.append({"image_id": image, "bbox": box, "score": score})
    images = [{"id": number} for number in range(1, num_images + 1)]
    return {"images": images, "annotations": annotations}, found


def loop_miss_rate(truth: dict[str, Any], found: Boxes, setup: str) -> float:
    """The miss rate, box by box, as reference facts §7.5 put it in words."""
    outcomes: list[tuple[float, bool]] = []
    num_boxes = 0
    image_ids = sorted(image["id"] for image in truth["images"])
    for image in image_ids:
        boxes = [a for a in truth["annotations"] if a["image_id"] == image]
        regular = [a for a in boxes if counts(a, setup)]
        ignored = [a for a in boxes if not counts(a, setup)]
        num_boxes += len(regular)
        here = [d for d in found if d["image_id"] == image]
        here = sorted(here, key=lambda d: -d["score"])[:1000]
        outcomes += match_image(regular, ignored, here, SETUPS[setup].height)
    if num_boxes == 0:
        return -1.0
    outcomes.sort(key=lambda outcome: -outcome[0])
    if not outcomes:
        return 1.0
    recall, fppi, true = [], [], 0
    for number, (_, is_true) in enumerate(outcomes, start=1):
        true += is_true
        recall.append(true / num_boxes)
        fppi.append((number - true) / len(image_ids))
    missed = [1 - recall[bisect.bisect_right(fppi, f) - 1] for f in FPPI_SAMPLES]
    if min(missed) <= 0:
        return 0.0
    return math.exp(sum(math.log(m) for m in missed) / len(missed))


def counts(annotation: dict[str, Any], setup: str) -> bool:
    """Whether a person has to be found."""
    (low, high), (least, most) = SETUPS[setup]
    in_height = low <= annotation["height"] <= high
    return (
        not annotation["ignore"]
        and in_height
        and least <= annotation["vis_ratio"] <= most
    )


def match_image(
    regular: Boxes, ignored: Boxes, found: Boxes, height: tuple[float, float]
) -> list[tuple[float, bool]]:
    """Score and rightness of the judged detections of one image."""
    free = list(regular)
    outcomes = []
    for detection in found:
        if not height[0] / 1.25 <= detection["bbox"][3] < height[1] * 1.25:
            continue
        best, best_iou = None, 0.5
        for box in free:
            iou = overlap(detection["bbox"], box["bbox"], of_detection=False)
            if iou >= best_iou:
                best, best_iou = box, iou
        if best is not None:
            free.remove(best)
            outcomes.append((detection["score"], True))
        elif not any(
            overlap(detection["bbox"], box["bbox"], of_detection=True) >= 0.5
            for box in ignored
        ):
            outcomes.append((detection["score"], False))
    return outcomes


def overlap(found: list[float], true: list[float], *, of_detection: bool) -> float:
    """IoU, or the covered share of the detection."""
    width = min(found[0] + found[2], true[0] + true[2]) - max(found[0], true[0])
    height = min(found[1] + found[3], true[1] + true[3]) - max(found[1], true[1])
    if width <= 0 or height <= 0:
        return 0.0
    area = found[2] * found[3]
    if not of_detection:
        area = area + true[2] * true[3] - width * height
    return width * height / area


if __name__ == "__main__":
    sys.exit(main())
