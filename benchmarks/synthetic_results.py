"""Random results of models, for the evaluation benchmarks, and the golden ones."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solider_mm.evaluation.person_search.records import Frame, Query

__all__ = ["draw_frames", "read_frames", "render_scenes", "sample_features"]

Table = NDArray[Any]
Boxes = list[dict[str, Any]]


def sample_features(
    rng: np.random.Generator, total: int, num_people: int, channels: int
) -> tuple[Table, Table]:
    """Person numbers (M,) and unit features (M, C) float32 around their centers."""
    people = rng.integers(0, num_people, total)
    centers = rng.standard_normal((num_people, channels), np.float32)
    features = centers[people]
    features += 1.5 * rng.standard_normal((total, channels), np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    return people, features


def render_scenes(
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


def draw_frames(
    num_frames: int, num_queries: int, num_people: int, channels: int
) -> tuple[list[Frame], list[Query]]:
    """Frames with two to eight people each, most of them found."""
    rng = np.random.default_rng(0)
    centers = rng.normal(size=(num_people, channels))
    frames = []
    for i in range(num_frames):
        ids = rng.permutation(num_people)[: rng.integers(2, 9)]
        corner = rng.uniform(0, 600, (len(ids), 2))
        boxes = np.concatenate(
            [corner, corner + rng.uniform(20, 150, (len(ids), 2))], 1
        )
        vectors = centers[ids] + 2 * rng.normal(size=(len(ids), channels))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        found = boxes + rng.normal(0, 4, boxes.shape)
        frames.append(Frame(f"{i}", boxes, ids, found, rng.random(len(ids)), vectors))
    queries = [
        Query(frame.name, frame.boxes[0], int(frame.person_ids[0]), frame.embeddings[0])
        for frame in frames[:num_queries]
    ]
    return frames, queries


def read_frames(folder: Path) -> tuple[list[Frame], list[Query]]:
    """Read the golden PRW set of person_search_metrics.json and .npz."""
    table = json.loads((folder / "person_search_metrics.json").read_text())["prw"]
    arrays = np.load(folder / "person_search_metrics.npz")
    offset = arrays["prw_dets_offset"]
    frames = []
    for i, image in enumerate(table["images"]):
        found = arrays["prw_dets"][offset[i] : offset[i + 1]]
        vectors = arrays["prw_feats"][offset[i] : offset[i + 1]]
        boxes = np.array(image["boxes"], dtype=float)
        ids = np.array(image["pids"])
        frames.append(
            Frame(image["img_name"], boxes, ids, found[:, :4], found[:, 4], vectors)
        )
    queries = [
        Query(query["img_name"], np.array(query["box"], float), query["pid"], vector)
        for query, vector in zip(
            table["queries"], arrays["prw_query_box_feats"], strict=True
        )
    ]
    return frames, queries
