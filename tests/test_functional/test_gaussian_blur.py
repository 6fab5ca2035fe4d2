import math

import cv2
import numpy as np
import pytest
import torch

from solider_mm.functional.gaussian_blur import gaussian_blur


def test_as_opencv_each_view_by_its_own() -> None:
    views = torch.rand(3, 3, 20, 12)
    deviations = torch.tensor([0.3, 1.0, 1.9])
    blurred = gaussian_blur(views, deviations)
    for view, deviation, result in zip(
        views, deviations.tolist(), blurred, strict=True
    ):
        kernel = cv2.getGaussianKernel(2 * math.ceil(3 * deviation) + 1, deviation)
        picture = view.permute(1, 2, 0).numpy()
        expected = cv2.sepFilter2D(picture, -1, kernel, kernel)
        np.testing.assert_allclose(result.permute(1, 2, 0), expected, atol=1e-5)


def test_alone_or_in_a_batch_is_the_same() -> None:
    views, deviations = torch.rand(2, 3, 8, 8), torch.tensor([0.5, 2.0])
    together = gaussian_blur(views, deviations)
    torch.testing.assert_close(together[:1], gaussian_blur(views[:1], deviations[:1]))


def test_views_smaller_than_the_kernel() -> None:
    for size in ((1, 1), (2, 3), (1, 7)):
        views = torch.full((1, 3, *size), 5.0)
        torch.testing.assert_close(gaussian_blur(views, torch.tensor([2.0])), views)


def test_no_view() -> None:
    assert gaussian_blur(torch.rand(0, 3, 4, 4), torch.ones(0)).shape == (0, 3, 4, 4)


@pytest.mark.parametrize("deviation", [[1.0], [1.0, 0.0]])
def test_deviations_that_are_none(deviation) -> None:
    with pytest.raises(ValueError, match="one number above 0 for each"):
        gaussian_blur(torch.rand(2, 3, 4, 4), torch.tensor(deviation))
