import numpy as np
from PIL import Image

from solider_mm.visualization.semantic_weight_panel import plot_semantic_weight_panel


def test_plots_people_at_every_weight(tmp_path):
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 255, (64, 32, 3), np.uint8) for _ in range(4)]
    labels = {weight: rng.integers(0, 4, (4, 8, 4)) for weight in (0.0, 1.0)}
    cosines = {weight: rng.uniform(-1, 1, (4, 8, 4)) for weight in (0.0, 1.0)}
    path = plot_semantic_weight_panel(
        images, labels, cosines, (2, 1), tmp_path / "panel.png"
    )
    with Image.open(path) as picture:
        assert picture.height > picture.width > 300
        assert len(picture.convert("RGB").getcolors(1 << 20)) > 100
