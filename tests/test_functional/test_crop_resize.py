"""Two matrix products give what cutting and torch's antialiased bicubic give."""

import pytest
import torch
import torch.nn.functional as F

from solider_mm.functional.crop_resize import crop_resize


def by_torch(image: torch.Tensor, box: list[int], size: tuple[int, int]):
    top, left, tall, wide = box
    cut = image[None, :, top : top + tall, left : left + wide]
    return F.interpolate(cut, size, mode="bicubic", antialias=True)[0]


BOXES = [
    [[0, 0, 40, 30], [3, 2, 12, 6]],  # whole image; larger than the view in part
    [[5, 7, 9, 4], [39, 29, 1, 1]],  # smaller than the view; one pixel
]


@pytest.mark.parametrize("size", [(16, 8), (7, 33), (1, 1), (40, 30)])
def test_as_torch(size) -> None:
    images = torch.rand(2, 3, 40, 30) * 255
    flip = torch.tensor([[False, True], [True, False]])
    views = crop_resize(images, torch.tensor(BOXES), flip, size)
    assert views.shape == (2, 2, 3, *size)
    for v in range(2):
        for b in range(2):
            expected = by_torch(images[b], BOXES[v][b], size)
            if flip[v, b]:
                expected = expected.flip(-1)
            torch.testing.assert_close(views[v, b], expected, rtol=1e-5, atol=2e-3)


def test_what_pads_an_image_does_not_matter() -> None:
    small, canvas = torch.rand(1, 3, 20, 10), torch.full((1, 3, 32, 32), 1e6)
    canvas[..., :20, :10] = small
    box, flip = torch.tensor([[[0, 0, 20, 10]]]), torch.tensor([[False]])
    torch.testing.assert_close(
        crop_resize(canvas, box, flip, (8, 8)), crop_resize(small, box, flip, (8, 8))
    )


def test_a_constant_stays_one_and_gradients_flow() -> None:
    images = torch.full((1, 3, 9, 9), 7.0, requires_grad=True)
    box, flip = torch.tensor([[[2, 1, 5, 6]]]), torch.tensor([[True]])
    views = crop_resize(images, box, flip, (4, 12))
    torch.testing.assert_close(views, torch.full_like(views, 7.0))
    views.sum().backward()
    inside = torch.zeros(9, 9, dtype=torch.bool)
    inside[2:7, 1:7] = True
    assert bool((images.grad[0, 0][~inside] == 0).all())
    assert images.grad.sum().item() == pytest.approx(views.numel(), rel=1e-5)


@pytest.mark.parametrize(
    ("boxes", "flip", "sentence"),
    [((1, 3, 4), (1, 3), "V boxes for every image"), ((1, 2, 4), (2, 1), r"flip has")],
)
def test_shapes_that_do_not_fit(boxes, flip, sentence) -> None:
    with pytest.raises(ValueError, match=sentence):
        crop_resize(
            torch.zeros(2, 3, 4, 4), torch.ones(boxes), torch.zeros(flip) > 0, (2, 2)
        )
