import torch

from solider_mm.models.layers.patch_embed import PatchEmbed


def test_each_token_is_its_patch():
    layer = PatchEmbed(3, 5, 4, 4)
    images = torch.randn(2, 3, 8, 12)
    tokens, size = layer(images)
    assert size == (2, 3)
    patch = images[:, :, 4:8, 8:12].flatten(1)  # row 1, column 2
    expected = patch @ layer.projection.weight.flatten(1).T + layer.projection.bias
    assert torch.allclose(tokens[:, 5], layer.norm(expected), atol=1e-5)


def test_images_are_padded_to_whole_patches():
    layer = PatchEmbed(3, 5, 4, 4)
    images = torch.randn(1, 3, 7, 9)
    padded = torch.zeros(1, 3, 8, 12)
    padded[:, :, :7, :9] = images
    tokens, size = layer(images)
    assert size == (2, 3)
    assert torch.equal(tokens, layer(padded)[0])
