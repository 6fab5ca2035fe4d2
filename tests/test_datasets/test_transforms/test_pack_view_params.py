import numpy as np
import torch

from solider_mm.datasets import PackViewParams, collate_view_params
from solider_mm.functional.view_params import ViewParams, params_to_tensor


def test_images_of_two_sizes_share_a_canvas() -> None:
    pack = PackViewParams()
    images = [np.full((4, 6, 3), 7, np.uint8), np.full((5, 3, 3), 9, np.uint8)]
    draws = [
        [ViewParams(0, 0, 4, 6), ViewParams(1, 1, 2, 2)],
        [ViewParams(0, 0, 5, 3)] * 2,
    ]
    samples = [
        pack(dict(img=image, views=rows, view_sizes=[(8, 4), (4, 2)], img_path="x"))
        for image, rows in zip(images, draws, strict=True)
    ]
    batch = collate_view_params(samples)
    assert batch["inputs"].dtype == torch.uint8
    assert batch["inputs"].shape == (2, 3, 5, 6)
    np.testing.assert_array_equal(batch["inputs"][0, 0, :4], 7)
    np.testing.assert_array_equal(batch["inputs"][0, 0, 4], 0)
    np.testing.assert_array_equal(batch["inputs"][1, 2, :, :3], 9)
    np.testing.assert_array_equal(batch["inputs"][1, 2, :, 3:], 0)
    assert batch["view_sizes"] == [(8, 4), (4, 2)]
    assert batch["draws"].shape == (2, 2, 13)  # views, images
    expected = params_to_tensor([draws[0][1], draws[1][1]])
    assert torch.equal(batch["draws"][1], expected)
