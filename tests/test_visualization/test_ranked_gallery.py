"""The ranked-gallery picture: which queries, which marks, which images."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from solider_mm.visualization import choose_queries, plot_ranked_gallery

ROOT = Path(__file__).resolve().parents[2]


def entry(path: str, person: int = 1, camera: int = 0, **rest) -> dict:
    names = dict(person_name=str(person), camera_name=str(camera + 1))
    return dict(img_path=path, person_id=person, camera_id=camera, **names | rest)


@pytest.fixture
def queries(tmp_path) -> list[dict]:
    for name in "abc":
        color = np.full((16, 8, 3), 60 * "abc".index(name), dtype=np.uint8)
        Image.fromarray(color).save(tmp_path / f"{name}.png")
    match = entry("b.png", camera=1, distance=0.125, is_match=True)
    miss = entry("c.png", person=2, camera=1, distance=0.5, is_match=False)
    return [
        entry("a.png", gallery=[match, miss], average_precision=1.0),
        entry("b.png", gallery=[miss, match], average_precision=0.5),
        entry("c.png", 2, gallery=[miss], average_precision=None),
        entry("c.png", 3, gallery=[], average_precision=None),
    ]


@pytest.mark.parametrize(
    ("order", "count", "chosen"),
    [
        ("best", 1, [0]),
        ("worst", 2, [1, 0]),
        ("spread", 2, [0, 2]),
        ("best", 9, [0, 1]),
    ],
)
def test_chooses_queries(queries, order: str, count: int, chosen: list[int]) -> None:
    assert choose_queries(queries, count, order) == [queries[i] for i in chosen]


def test_refuses_invalid_choice(queries) -> None:
    with pytest.raises(ValueError, match="order is 'random'"):
        choose_queries(queries, 3, "random")
    with pytest.raises(ValueError, match="0 have ranked images"):
        choose_queries(queries[3:], 3)


def test_marks_matches_and_misses(queries, tmp_path) -> None:
    figure = plot_ranked_gallery(queries[:2], root=tmp_path, title="mAP")
    first = figure.axes[:3]
    titles = [axis.get_title() for axis in first]
    assert titles[0] == "person 1, cam 1\nAP 1.00"
    assert titles[1:] == ["1 ✓ cam 2\n0.125", "2 ✗ cam 2\n0.5"]
    colors = [to_hex(axis.spines["left"].get_edgecolor()) for axis in first[1:]]
    assert colors == ["#009e73", "#d55e00"]
    assert first[2].images[0].get_array()[0, 0, 0] == 120  # c.png


def test_shows_own_names_and_unlabeled_images(queries, tmp_path) -> None:
    unknown = dict(person_name=None, camera_name=None)
    match = entry("b.png", distance=4e-7, is_match=None, **unknown)
    named = entry("a.png", person_name="anna", camera_name="hall")
    rows = [
        dict(named, gallery=[match], average_precision=None),
        dict(named, **unknown, gallery=[match], average_precision=None),
    ]
    titles = [a.get_title() for a in plot_ranked_gallery(rows, root=tmp_path).axes]
    assert titles[:2] == ["person anna, cam hall\nno match", "1\n4e-07"]
    assert titles[2] == "unlabeled\nno match"


def test_leaves_cells_empty_for_short_rankings(queries, tmp_path) -> None:
    figure = plot_ranked_gallery(queries[:3], top_k=2, root=tmp_path)
    assert not figure.axes[8].images
    assert figure.axes[6].get_title().endswith("no match")


def test_error_names_missing_image(queries) -> None:
    with pytest.raises(FileNotFoundError, match=r"a\.png.* does not exist"):
        plot_ranked_gallery(queries[:1], root="elsewhere")


def run_tool(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "tools/visualization/show_ranked_gallery.py", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_tool_plots_ranking_file(queries, tmp_path) -> None:
    ranking, out = tmp_path / "ranking.json", tmp_path / "out" / "ranked.png"
    ranking.write_text(json.dumps(dict(mAP=0.75, cmc=[0.5, 1.0], queries=queries)))
    done = run_tool(str(ranking), "--out", str(out), "--root", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "3 of 4 queries" in done.stdout
    with Image.open(out) as picture:
        assert min(picture.size) > 200


def test_tool_refuses_other_json(tmp_path) -> None:
    other = tmp_path / "other.json"
    other.write_text("{}")
    done = run_tool(str(other))
    assert done.returncode == 2
    assert "no entry 'queries'" in done.stderr
