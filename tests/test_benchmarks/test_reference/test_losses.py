"""The literal losses and the erased part against the authors' numbers."""

import numpy as np
import pytest
import torch

from benchmarks.reference.losses import LiteralDINOLoss, erase_part, semantic_loss


@pytest.mark.parametrize("name", ["warm", "default"])
def test_dino_loss_and_center(golden_dir, name):
    golden = np.load(golden_dir / "dino_loss.npz")
    loss = LiteralDINOLoss(int(golden["out_dim"]), int(golden["ncrops"]))
    loss.center = torch.from_numpy(golden[f"{name}_center_init"])
    for step in range(3):
        epoch = int(golden[f"{name}_epoch"][step])
        temperatures = golden[f"{name}_teacher_temp_schedule"]
        loss.teacher_temperature = float(temperatures[epoch])
        student = torch.from_numpy(golden[f"{name}_student"][step]).requires_grad_()
        value = loss(student, torch.from_numpy(golden[f"{name}_teacher"][step]))
        value.backward()
        assert value.item() == pytest.approx(golden[f"{name}_loss"][step], rel=1e-6)
        np.testing.assert_allclose(
            loss.center, golden[f"{name}_center"][step], rtol=1e-6, atol=1e-7
        )
        np.testing.assert_allclose(
            student.grad, golden[f"{name}_grad_student"][step], rtol=1e-4, atol=1e-7
        )


@pytest.fixture
def semantic(golden_dir):
    with np.load(golden_dir / "solider_semantic_loss.npz") as file:
        return {key: torch.from_numpy(np.asarray(file[key])) for key in file}


def test_semantic_loss(semantic):
    classifier = torch.nn.Linear(24, 4)
    classifier.load_state_dict(
        {"weight": semantic["classifier_weight"], "bias": semantic["classifier_bias"]}
    )
    maps = semantic["student_feats"].requires_grad_()
    loss = semantic_loss(
        classifier,
        maps,
        semantic["part_mask"],
        semantic["kept_index"],
        semantic["lambda_per_image"],
    )
    loss.backward()
    assert loss.item() == pytest.approx(semantic["loss2"].item(), rel=1e-6)
    for gradient, name in (
        (maps.grad, "student_feats"),
        (classifier.weight.grad, "classifier_weight"),
        (classifier.bias.grad, "classifier_bias"),
    ):
        expected = semantic[f"grad_{name}"]
        torch.testing.assert_close(gradient, expected, rtol=1e-4, atol=1e-7)


def test_dino_loss_passes_over_the_masked_crops(semantic):
    loss = LiteralDINOLoss(40, int(semantic["ncrops"]))
    scores = semantic["student_output"].requires_grad_()
    value = loss(scores[len(semantic["kept_index"]) :], semantic["teacher_output"])
    value.backward()
    assert value.item() == pytest.approx(semantic["loss1"].item(), rel=1e-6)
    expected = semantic["grad_student_output"]
    torch.testing.assert_close(scores.grad, expected, rtol=1e-4, atol=1e-7)


def test_one_part_is_erased_enlarged_to_the_nearest_pixel(semantic):
    labels, part = semantic["part_mask"], int(semantic["masked_part"])
    scale = int(semantic["pixel_mask_scale"])
    height, width = labels.shape[1] * scale, labels.shape[2] * scale
    images = torch.rand(len(labels), 3, height, width) + 1
    erased = erase_part(images, labels, part)
    tokens = (labels == part).numpy()
    assert tokens.any()
    pixels = np.kron(tokens, np.ones((1, scale, scale))) > 0
    pixels = torch.from_numpy(pixels)[:, None].expand_as(images)
    assert not erased[pixels].any()
    assert torch.equal(erased[~pixels], images[~pixels])
