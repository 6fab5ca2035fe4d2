import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from solider_mm.visualization.search_panel import plot_search_panel, view_around


@pytest.fixture
def queries(tmp_path):
    for name, gray in (("a.png", 50), ("b.png", 200)):
        frame = np.full((100, 200, 3), gray, dtype=np.uint8)
        Image.fromarray(frame).save(tmp_path / name)
    box = [90.0, 40.0, 110.0, 80.0]
    found = dict(img_path="b.png", box=box, camera_id=-1, score=0.9)
    return [
        dict(
            img_path="a.png",
            box=box,
            person_id=4,
            camera_id=1,
            average_precision=0.5,
            gallery=[
                dict(found, similarity=0.75, is_match=False),
                dict(found, similarity=0.25, is_match=True),
            ],
        ),
    ]


def test_view_of_hand_computed_boxes():
    """Twice the box is 80 high and 80 · 1.3 / 1.9 = 55 wide, shifted into the frame."""
    assert view_around([90, 40, 110, 80], (100, 200), 2) == (72, 20, 127, 100)
    assert view_around([0, 0, 20, 40], (100, 200), 2) == (0, 0, 55, 80)
    assert view_around([190, 60, 210, 100], (100, 200), 2) == (145, 20, 200, 100)
    assert view_around([0, 0, 200, 100], (100, 200), 2) == (0, 0, 200, 100)
    assert view_around([5, 5, 5, 5], (100, 200), 2) == (4, 4, 5, 5)
    assert view_around([5, 5, 9, 9], (100, 200), None) == (0, 0, 200, 100)
    with pytest.raises(ValueError, match=r"context=0\.5"):
        view_around([5, 5, 9, 9], (100, 200), 0.5)


def test_marks_matches_and_misses(queries, tmp_path):
    axes = plot_search_panel(queries, root=tmp_path).axes
    assert [axis.get_title() for axis in axes] == [
        "person 4, cam 1\nAP 0.50",
        "1 ✗\n0.75",
        "2 ✓\n0.25",
    ]
    boxes = [axis.patches[0] for axis in axes]
    colors = [to_hex(box.get_edgecolor()) for box in boxes]
    assert colors == ["#1e1e1e", "#d55e00", "#009e73"]
    assert boxes[1].get_bbox().extents.tolist() == [90, 40, 110, 80]
    assert axes[1].images[0].get_extent() == [72, 127, 100, 20]
    assert axes[1].images[0].get_array()[0, 0, 0] == 200  # b.png


def test_shows_whole_frames(queries, tmp_path):
    axes = plot_search_panel(queries, root=tmp_path, context=None, top_k=1).axes
    assert [axis.images[0].get_extent() for axis in axes] == [[0, 200, 100, 0]] * 2


def test_error_names_missing_frame(queries):
    with pytest.raises(FileNotFoundError, match=r"a\.png.* does not exist"):
        plot_search_panel(queries, root="elsewhere")
