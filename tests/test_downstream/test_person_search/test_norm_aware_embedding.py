import numpy as np
import pytest
import torch

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from mmdet.registry import MODELS  # noqa: E402


def test_separates_direction_and_norm():

    cfg = dict(type="solider_mm.NormAwareEmbedding", in_channels=(4, 6), channels=8)
    embed = MODELS.build(cfg).train()
    vectors, logits = embed((torch.randn(16, 4), torch.randn(16, 6)))
    np.testing.assert_allclose(vectors.norm(dim=1).detach(), 1, atol=1e-5)
    assert float(logits.mean().detach()) == pytest.approx(0, abs=1e-4)  # normalized
    assert embed.eval()((torch.zeros(0, 4), torch.zeros(0, 6)))[0].shape == (0, 8)
    with pytest.raises(ValueError, match="channels is 9, expected a multiple of the 2"):
        MODELS.build({**cfg, "channels": 9})
