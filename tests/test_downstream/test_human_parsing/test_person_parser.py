import numpy as np
import pytest
import torch

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from mmengine.config import ConfigDict  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmseg.registry import MODELS  # noqa: E402
from mmseg.structures import SegDataSample  # noqa: E402
from torch import nn  # noqa: E402

from solider_mm.downstream.human_parsing.affine import crop_matrix, fit_box, warp  # noqa: E402


def build(test_cfg, head=None):
    head = head or dict(
        type="solider_mm.CE2PHead",
        in_channels=[8, 16],
        num_classes=4,
        channels=8,
        context_channels=8,
        skip_channels=4,
        edge_channels=4,
        norm_cfg=dict(type="BN"),
    )
    with DefaultScope.overwrite_default_scope("mmseg"):
        return MODELS.build(
            dict(
                type="solider_mm.PersonParser",
                data_preprocessor=dict(type="SegDataPreProcessor", size_divisor=1),
                backbone=dict(
                    type="solider_mm.SOLIDERSwin",
                    arch=dict(embed_dims=8, depths=(1, 1), num_heads=(1, 1)),
                    window_size=4,
                    strides=(4, 2),
                    out_indices=(0, 1),
                    semantic_weight=0.8,
                ),
                decode_head=head,
                train_cfg={},
                test_cfg=ConfigDict(mode="whole", **test_cfg),
            )
        ).eval()


def metas(size, shape=(50, 30)):
    matrix = crop_matrix(fit_box(shape, size), size)
    return dict(ori_shape=shape, img_shape=size, warp_matrix=matrix)


def sample(size=(64, 48), **kwargs):
    made = SegDataSample()
    made.set_metainfo(metas(size, **kwargs))
    return made


@torch.no_grad()
def test_predictions_have_the_size_of_their_images():
    parser = build({})
    shapes = [(50, 30), (91, 64)]
    batch = dict(
        inputs=[torch.rand(3, 64, 48) * 255 for _ in shapes],
        data_samples=[sample(shape=shape) for shape in shapes],
    )
    results = parser.test_step(batch)
    for result, shape in zip(results, shapes, strict=True):
        assert result.pred_sem_seg.data.shape == (1, *shape)
        assert result.pred_sem_seg.data.dtype == torch.int64
        assert result.seg_logits.data.shape == (4, 64, 48)


def test_inverse_warp_has_no_shift():
    """Labels warped to the crop and back are unchanged."""
    labels = np.kron(np.random.default_rng(0).integers(0, 4, (10, 6)), np.ones((9, 9)))
    labels = labels.astype(np.uint8)
    size = (192, 144)
    made = sample(size=size, shape=labels.shape)
    crop = warp(labels, made.warp_matrix, size, border=0, nearest=True)
    logits = nn.functional.one_hot(torch.from_numpy(crop).long(), 4)[None]
    result = build({}).postprocess_result(logits.permute(0, 3, 1, 2).float(), [made])
    np.testing.assert_array_equal(result[0].pred_sem_seg.data[0].numpy(), labels)


@torch.no_grad()
def test_images_without_warp_matrix_are_processed_as_in_mmseg():
    parser = build({})
    made = SegDataSample()
    made.set_metainfo(dict(ori_shape=(64, 48), img_shape=(64, 48)))
    results = parser.test_step(
        dict(inputs=[torch.rand(3, 64, 48)], data_samples=[made])
    )
    assert results[0].pred_sem_seg.data.shape == (1, 64, 48)


@torch.no_grad()
def test_test_time_augmentation_matches_a_loop():
    pairs, scales = [(1, 2)], (0.5, 1.0, 1.25)
    parser = build(dict(scales=scales, flip=True, flip_pairs=pairs))
    images = torch.randn(2, 3, 64, 48)
    info = [metas((64, 48))] * 2

    def at(maps, size):
        return nn.functional.interpolate(
            maps, size, mode="bilinear", align_corners=True
        )

    def head(view):
        return parser.decode_head(parser.backbone(view)).fusion

    expected = torch.zeros(2, 4, 64, 48)
    for scale in scales:
        view = at(images, (int(64 * scale), int(48 * scale)))
        swapped = head(view.flip(3)).flip(3)[:, [0, 2, 1, 3]]
        expected += at((head(view) + swapped) / 2, (64, 48)) / 3
    torch.testing.assert_close(
        parser.inference(images, info), expected, rtol=1e-4, atol=1e-5
    )


@torch.no_grad()
def test_mirrored_image_gets_the_mirrored_result():
    parser = build(dict(flip=True, flip_pairs=[(1, 2)]))
    images, info = torch.randn(1, 3, 64, 48), [metas((64, 48))]
    there = parser.inference(images, info)
    back = parser.inference(images.flip(3), info)
    torch.testing.assert_close(
        back, there.flip(3)[:, [0, 2, 1, 3]], rtol=1e-4, atol=1e-5
    )


def test_validation_uses_no_augmentation_by_default(monkeypatch):
    seen = []
    for validates, expected in ((False, 1), (True, 4)):
        parser = build(dict(scales=(1, 0.5), flip=True, validate_all_views=validates))
        monkeypatch.setattr(
            parser.backbone, "forward", _counting(parser.backbone.forward, seen)
        )
        for step, count in ((parser.val_step, expected), (parser.test_step, 4)):
            seen.clear()
            with torch.no_grad():
                step(dict(inputs=[torch.rand(3, 64, 48)], data_samples=[sample()]))
            assert len(seen) == count


def _counting(forward, seen):
    def count(*args):
        seen.append(1)
        return forward(*args)

    return count


@torch.no_grad()
def test_accepts_mmseg_heads():
    head = dict(
        type="UPerHead",
        in_channels=[8, 16],
        in_index=[0, 1],
        channels=8,
        num_classes=4,
        align_corners=True,
    )
    parser = build(dict(scales=(0.5, 1.0), flip=True), head)
    results = parser.test_step(
        dict(inputs=[torch.rand(3, 64, 48)], data_samples=[sample()])
    )
    assert results[0].pred_sem_seg.data.shape == (1, 50, 30)


def test_refuses_invalid_test_cfg():
    with pytest.raises(ValueError, match="expected positive numbers"):
        build(dict(scales=(1.0, 0.0)))
    with pytest.raises(ValueError, match="flip_pairs"):
        build(dict(flip_pairs=[(3, 4)]))
