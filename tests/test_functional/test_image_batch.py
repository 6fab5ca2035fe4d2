import numpy as np
import pytest
import torch
from PIL import Image

from solider_mm.functional.image_batch import IMAGE_MEAN, image_batch


def test_normalizes_by_channel():
    image = torch.zeros(2, 3, 3, dtype=torch.uint8)
    image[..., 0] = 255  # red
    batch = image_batch([image, image], (2, 3))
    assert batch.shape == (2, 3, 2, 3)
    assert batch.dtype == torch.float32
    expected = [(255 - 123.675) / 58.395, -116.28 / 57.12, -103.53 / 57.375]
    torch.testing.assert_close(batch[1, :, 0, 0], torch.tensor(expected))


def test_resizes_like_pillow():
    noise = np.random.default_rng(0).integers(0, 256, (97, 53, 3), dtype=np.uint8)
    batch = image_batch([torch.from_numpy(noise)], (32, 16), (0, 0, 0), (1, 1, 1))
    pillow = np.asarray(Image.fromarray(noise).resize((16, 32), Image.BICUBIC))
    ours = batch[0].permute(1, 2, 0).numpy()
    assert np.abs(ours - pillow).max() < 1.1  # Pillow rounds after each axis
    assert ours.min() >= 0


def test_gray_mean_becomes_zero():
    image = torch.tensor(IMAGE_MEAN).expand(4, 4, 3)
    torch.testing.assert_close(image_batch([image], (8, 2)), torch.zeros(1, 3, 8, 2))


def test_errors():
    with pytest.raises(ValueError, match="no images were given"):
        image_batch([], (8, 4))
    with pytest.raises(ValueError, match=r"shape \(3, 8, 8\); expected \(H, W, 3\)"):
        image_batch([torch.zeros(3, 8, 8)], (8, 4))


@pytest.mark.parametrize("size", [(0, 0), (-1, 8), (8, 0)])
def test_refuses_size_that_is_not_positive(size):
    with pytest.raises(ValueError, match="expected a positive height and width"):
        image_batch([torch.zeros(4, 4, 3)], size)
