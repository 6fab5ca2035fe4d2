import numpy as np
import pytest

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

import torch  # noqa: E402
from mmengine.structures import PixelData  # noqa: E402
from mmseg.registry import VISUALIZERS  # noqa: E402
from mmseg.structures import SegDataSample  # noqa: E402

from solider_mm.downstream.human_parsing import draw_parsing  # noqa: E402

CLASSES = ("background", "hair", "skin")
PALETTE = [[64, 64, 64], [230, 159, 0], [86, 180, 233]]


def test_colors_and_legend():
    image = np.full((100, 50, 3), 100, np.uint8)
    labels = np.zeros((100, 50), np.uint8)
    labels[:20], labels[20:30] = 1, 255
    overlay = draw_parsing(image, labels, CLASSES, PALETTE, alpha=0.5)
    assert overlay.dtype == np.uint8
    assert overlay.shape[0] == 100
    assert overlay.shape[1] > 50 + 32
    np.testing.assert_array_equal(overlay[5, 5], [165, 130, 50])
    np.testing.assert_array_equal(overlay[25, 5], [100, 100, 100])  # not labeled
    legend = overlay[:, 50:].reshape(-1, 3).tolist()
    assert all(color in legend for color in PALETTE)


def test_small_images_are_enlarged_to_the_legend():
    labels = np.zeros((10, 8), np.uint8)
    overlay = draw_parsing(np.zeros((10, 8, 3), np.uint8), labels, CLASSES, PALETTE)
    assert overlay.shape[0] >= 3 * 18


def test_refuses_labels_or_palette_of_another_size():
    with pytest.raises(ValueError, match="expected labels of the image's size"):
        draw_parsing(np.zeros((4, 4, 3), np.uint8), np.zeros((5, 4)), CLASSES, PALETTE)
    with pytest.raises(ValueError, match="2 colors"):
        draw_parsing(
            np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4)), CLASSES, PALETTE[:2]
        )


def test_visualizer_writes_ground_truth_and_prediction(tmp_path):
    visualizer = VISUALIZERS.build(
        dict(type="solider_mm.ParsingVisualizer", name="test_overlay", alpha=0.5)
    )
    visualizer.dataset_meta = {"classes": CLASSES, "palette": PALETTE}
    sample = SegDataSample()
    for name in ("gt_sem_seg", "pred_sem_seg"):
        sample.set_data({name: PixelData(data=torch.zeros(1, 80, 40).long())})
    image = np.zeros((80, 40, 3), np.uint8)
    visualizer.add_datasample("x", image, sample, out_file=str(tmp_path / "a.png"))
    assert (tmp_path / "a.png").stat().st_size > 0
