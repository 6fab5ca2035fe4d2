import math

import pytest
import torch

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from mmdet.registry import MODELS  # noqa: E402
from mmdet.structures import DetDataSample  # noqa: E402
from mmengine.config import ConfigDict  # noqa: E402
from mmengine.structures import InstanceData  # noqa: E402

from solider_mm.downstream.pedestrian_detection.csp_targets import (  # noqa: E402
    BatchBoxes,
    csp_targets,
)

TEST_CFG = ConfigDict(
    score_thr=0.01,
    nms_pre=1000,
    nms=dict(type="nms", iou_threshold=0.5),
    max_per_img=100,
)


def build(**options):
    config = {
        "type": "solider_mm.CSPHead",
        "in_channels": 12,
        "feat_channels": 8,
        "num_groups": 4,
        "test_cfg": TEST_CFG,
    }
    return MODELS.build(config | options)


def sample(boxes=(), ignored=(), size=(64, 96), scale_factor=(1.0, 1.0)):
    data = DetDataSample(metainfo=dict(img_shape=size, scale_factor=scale_factor))
    boxes = torch.tensor(boxes).float().view(-1, 4)
    regions = torch.tensor(ignored).float().view(-1, 4)
    data.gt_instances = InstanceData(
        bboxes=boxes, labels=torch.zeros(len(boxes)).long()
    )
    data.ignored_instances = InstanceData(bboxes=regions)
    return data


def quiet_maps(height=16, width=24):
    logits = torch.full((1, 1, height, width), -20.0)
    return logits, torch.zeros(1, 2, height, width), torch.zeros(1, 2, height, width)


def put(maps, y, x, *, logit, size, offset=(0.0, 0.0)):
    """Maps of one person of `size` (h, w) px with the center in cell (y, x)."""
    maps[0][0, 0, y, x] = logit
    maps[1][0, :, y, x] = torch.tensor([math.log(side / 4) for side in size])
    maps[2][0, :, y, x] = torch.tensor(offset)


def predict(maps, meta=None, **options):
    meta = {"img_shape": (64, 96), "scale_factor": (1.0, 1.0)} | (meta or {})
    return build().predict_by_feat(*maps, batch_img_metas=[meta], **options)[0]


def test_shapes_and_initial_weights():
    head = build(in_channels=64, feat_channels=256, num_groups=32)
    head.init_weights()
    logits, scale, offset = head((torch.randn(2, 64, 8, 6),))
    assert logits.shape == (2, 1, 8, 6)
    assert scale.shape == offset.shape == (2, 2, 8, 6)
    assert logits.sigmoid().mean().item() == pytest.approx(0.01, rel=0.2)
    convolution = head.center_branch[0].conv
    assert convolution.weight.std().item() == pytest.approx(0.01, rel=0.05)
    assert head.predict_scale.weight.std().item() == pytest.approx(0.01, rel=0.1)
    assert head.center_branch[0].norm.num_groups == 32


def test_decodes_a_person_by_hand():
    maps = quiet_maps()
    put(maps, 7, 6, logit=2.0, size=(40, 24), offset=(-0.5, 0.25))
    found = predict(maps)
    # Center: y = (7 + 0.5 − 0.5)·4 = 28, x = (6 + 0.5 + 0.25)·4 = 27.
    torch.testing.assert_close(found.bboxes, torch.tensor([[15.0, 8.0, 39.0, 48.0]]))
    assert found.scores.item() == pytest.approx(1 / (1 + math.exp(-2)))
    assert found.labels.tolist() == [0]


def test_decoding_inverts_the_targets():
    boxes = torch.tensor([[10.0, 5.0, 31.0, 60.0], [50.0, 20.0, 61.0, 49.0]])
    people = BatchBoxes.of([boxes])
    nothing = BatchBoxes.of([boxes[:0]])
    target = csp_targets(people, nothing, shape=(1, 16, 24), stride=4)
    logits = torch.where(target.centers, 10.0, -10.0)[:, None]
    found = predict((logits, target.scale, target.offset))
    order = found.bboxes[:, 0].argsort()
    torch.testing.assert_close(found.bboxes[order], boxes)


def test_boxes_are_clipped_and_rescaled():
    maps = quiet_maps()
    put(maps, 0, 0, logit=2.0, size=(40, 24))
    found = predict(maps, {"scale_factor": (0.5, 0.25)}, rescale=True)
    torch.testing.assert_close(found.bboxes, torch.tensor([[0.0, 0.0, 28.0, 88.0]]))


def test_score_threshold_and_non_maximum_suppression():
    maps = quiet_maps()
    put(maps, 7, 6, logit=2.0, size=(40, 24))
    put(maps, 7, 7, logit=1.0, size=(40, 24))  # overlaps the first: suppressed
    put(maps, 7, 16, logit=0.0, size=(40, 24))
    put(maps, 2, 20, logit=-5.0, size=(8, 8))  # a score of 0.0067
    assert predict(maps).scores.tolist() == pytest.approx([0.8808, 0.5], abs=1e-4)
    assert len(predict(maps, with_nms=False)) == 3
    one = ConfigDict({**TEST_CFG, "max_per_img": 1})
    assert len(predict(maps, cfg=one)) == 1


def test_low_scores_give_no_detection():
    found = predict(quiet_maps(), rescale=True)
    assert found.bboxes.shape == (0, 4)
    assert found.labels.dtype == torch.int64


def test_huge_scales_do_not_break_decoding():
    maps = quiet_maps()
    maps[0][0, 0, 3, 3] = 5.0
    maps[1][0, :, 3, 3] = 200.0
    found = predict(maps)
    torch.testing.assert_close(found.bboxes, torch.tensor([[0.0, 0.0, 96.0, 64.0]]))


def test_losses_are_weighted_and_all_weights_get_gradients():
    head = build()
    feature = (torch.randn(2, 12, 16, 24),)
    batch = [sample([[12, 8, 36, 48]], [[50, 0, 90, 60]]), sample([[4, 4, 30, 60]])]
    losses = head.loss(feature, batch)
    assert set(losses) == {"loss_center", "loss_scale", "loss_offset"}
    sum(losses.values()).backward()
    for name, parameter in head.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name
    torch.manual_seed(0)
    plain = build(center_weight=1.0, scale_weight=1.0, offset_weight=1.0)
    plain.load_state_dict(head.state_dict())
    unweighted = plain.loss(feature, batch)
    for name, weight in (("center", 0.01), ("scale", 1.0), ("offset", 0.1)):
        torch.testing.assert_close(
            losses[f"loss_{name}"], weight * unweighted[f"loss_{name}"]
        )


def test_all_weights_get_gradients_without_people():
    head = build()
    sum(
        head.loss((torch.randn(2, 12, 8, 8),), [sample(), sample()]).values()
    ).backward()
    assert all(p.grad is not None for p in head.parameters())
    assert all(torch.isfinite(p.grad).all() for p in head.parameters())


def test_refuses_several_maps():
    with pytest.raises(ValueError, match="got 2 maps, expected one: use CSPNeck"):
        build()((torch.zeros(1, 12, 8, 8), torch.zeros(1, 12, 4, 4)))
