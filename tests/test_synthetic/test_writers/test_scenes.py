import numpy as np
from PIL import Image

from solider_mm.synthetic import render_scene
from solider_mm.synthetic.writers.scenes import (
    SceneJob,
    cells,
    clip_box,
    save_scene,
    to_xywh,
)


def test_boxes_by_hand():
    assert clip_box((-3.0, 2.0, 25.0, 9.0), (8, 20)) == (0, 2, 20, 8)
    assert to_xywh((1.0, 2.0, 4.0, 8.0)) == (1, 2, 3, 6)


def test_cells_are_a_column():
    column = cells(["a", "bc"])
    assert column.shape == (2, 1)
    assert column[1, 0] == "bc"


def test_saved_scene_equals_the_rendered_scene(tmp_path):
    job = SceneJob("x/y.png", 5, 1, 2, (3, 4))
    saved = save_scene(job, tmp_path, (96, 128), 0, 30.0, keep_instances=True)
    scene = render_scene(
        5, (96, 128), num_people=2, camera=1, identities=(3, 4), min_height=30.0
    )
    np.testing.assert_array_equal(Image.open(tmp_path / "x/y.png"), scene["image"])
    np.testing.assert_array_equal(saved.instances, scene["instances"])
    assert [p["box"] for p in saved.people] == [p["box"] for p in scene["people"]]
    assert save_scene(job, tmp_path, (96, 128), 0, 30.0).instances is None
