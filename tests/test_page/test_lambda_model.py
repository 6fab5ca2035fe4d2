import numpy as np
import pytest
import torch
from torch.nn import functional as F

from solider_mm.checkpoints import read_checkpoint
from solider_mm.page.lambda_model import LambdaModel, shown_size
from solider_mm.synthetic import render_pedestrian


@pytest.fixture(scope="module")
def model():
    return LambdaModel(num_gallery=6, gallery_identities=50)


@pytest.fixture(scope="module")
def image():
    return render_pedestrian(50, 0, 0, (128, 64), background="noise")["image"]


def test_own_image_is_its_nearest_neighbor(model, image):
    for semantic_weight in (0.0, 1.0):
        nearest = model.neighbors(image, semantic_weight, count=3)
        assert np.array_equal(nearest[0].picture, image)
        assert nearest[0].caption == "1.000"
        assert len(nearest) == 3


def test_similarity_is_the_cosine_to_the_clicked_token(model, image):
    (features,) = model.maps(image, [0.5])
    unit = F.normalize(features, dim=0)
    row, column = 1, 2
    height, width = unit.shape[1:]
    cosine = torch.einsum("chw,c->hw", unit, unit[:, row, column])
    point = ((row + 0.5) / height, (column + 0.5) / width)
    picture = model.similarity(image, 0.5, point)
    assert picture.shape == (*shown_size(image), 3)
    assert cosine[row, column] == cosine.max()


def test_parts_differ_from_the_image_only_in_color(model, image):
    picture = model.parts(image, 1.0, 3)
    assert picture.shape == (384, 192, 3)
    assert picture.dtype == np.uint8


def test_curve_is_a_plot(model, image):
    first, second = (model.curve(image, weight, 3) for weight in (0.0, 1.0))
    assert first.shape == second.shape
    assert not np.array_equal(first, second)  # λ is marked


def test_semantic_weight_out_of_range(model, image):
    with pytest.raises(ValueError, match="semantic_weight"):
        model.parts(image, 1.5, 3)


def test_refuses_a_plain_swin(tmp_path):
    weights = read_checkpoint("embedded").backbone
    plain = {k: v for k, v in weights.items() if "semantic" not in k}
    torch.save({"state_dict": plain}, tmp_path / "plain.pth")
    with pytest.raises(ValueError, match="this is a plain Swin and λ has no effect"):
        LambdaModel(weights=str(tmp_path / "plain.pth"))
