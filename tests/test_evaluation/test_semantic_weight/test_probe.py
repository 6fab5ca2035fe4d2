import pytest
import torch
from torch import nn

from solider_mm.evaluation.semantic_weight.names import PROBES
from solider_mm.evaluation.semantic_weight.people import ProbePeople
from solider_mm.evaluation.semantic_weight.probe import (
    compare_ends,
    probe_semantic_weight,
)
from solider_mm.evaluation.semantic_weight.report import format_probe, probe_as_dict

IDENTITIES, CAMERAS = 20, 2


class Steered(nn.Module):
    """Tokens show the color of the person at λ = 0, and the part at λ = 1."""

    def __init__(self):
        super().__init__()
        self.dummy = nn.Parameter(torch.zeros(()))
        self.num_images = 0

    def forward_weights(self, images, semantic_weights):
        assert not self.training
        self.num_images += len(images)
        pooled = nn.functional.avg_pool2d(images, 8)
        part, color = pooled[:, :1], pooled[:, 1:]
        return [
            (torch.cat([5 * weight * part, (1 - 0.9 * weight) * color], 1),)
            for weight in semantic_weights
        ]


@pytest.fixture(scope="module")
def people():
    """Red shows the part, green and blue the person."""
    generator = torch.Generator().manual_seed(0)
    identities = torch.arange(IDENTITIES).repeat_interleave(CAMERAS)
    parts = torch.arange(4).repeat_interleave(8)[:, None].expand(32, 16)
    images = torch.zeros(len(identities), 3, 32, 16)
    images[:, 0] = parts / 4
    color = torch.rand(IDENTITIES, 2, generator=generator)[identities]
    images[:, 1:] = color[:, :, None, None]
    images += 0.2 * torch.randn(images.shape, generator=generator)
    return ProbePeople(
        images=images,
        coarse_parts=parts.expand(len(identities), 32, 16),
        identities=identities,
        cameras=torch.arange(CAMERAS).repeat(IDENTITIES),
        attributes=(color > 0.5).long(),
        keypoints=torch.tensor([[8.0, 4.0, 1.0]]).expand(len(identities), 1, 3),
    )


def test_measures_what_a_steered_backbone_shows(people):
    backbone = Steered().train()
    results = probe_semantic_weight(backbone, people, [0.0, 1.0], num_resamples=200)
    assert backbone.training
    assert backbone.num_images == len(people.images)  # once for all λ
    effect = compare_ends(results)
    assert effect["part_geometry"].low > 1.3
    assert effect["part_probe"].low > 20
    assert effect["identity_map"].high < -10
    for estimates in results.values():
        assert set(estimates) == set(PROBES)
        assert all(e.low <= e.value <= e.high for e in estimates.values())


def test_lambda_without_effect_gives_equal_results(people):
    class Fixed(Steered):
        def forward_weights(self, images, semantic_weights):
            return super().forward_weights(images, [0.5] * len(semantic_weights))

    effect = compare_ends(probe_semantic_weight(Fixed(), people, [0, 1]))
    assert effect["part_geometry"].value == 1
    assert effect["identity_map"].value == effect["identity_map"].high == 0


def test_json_holds_value_and_interval_for_each_weight(people):
    results = probe_semantic_weight(Steered(), people, [0, 1], num_resamples=50)
    content = probe_as_dict(results, compare_ends(results), results[0])
    assert [entry["semantic_weight"] for entry in content["results"]] == [0, 1]
    for name in PROBES:
        low, high = content["results"][1][name]["interval"]
        assert low <= content["results"][1][name]["value"] <= high
    table = format_probe(results, compare_ends(results), results[0])
    assert len(table.splitlines()) == 5 + len(PROBES) + 1


def test_measures_only_what_is_known(people):
    photos = ProbePeople(people.images)
    assert photos.units.tolist() == list(range(2 * IDENTITIES))

    def rows(maps):
        """Parts by row, as a clusterer may find them; one image is unusable."""
        labels = torch.arange(1, 5)[:, None].expand(len(maps), 4, 2)
        assert maps[:, 0].max() > 1  # λ = 1 shows parts
        return labels, torch.arange(len(maps)) > 0

    results = probe_semantic_weight(Steered(), photos, [0, 0.5], labeler=rows)
    assert [set(estimates) for estimates in results.values()] == [{"part_geometry"}] * 2
    assert compare_ends(results)["part_geometry"].low > 1.1
    with pytest.raises(ValueError, match="neither parts, identities, attributes nor"):
        probe_semantic_weight(Steered(), photos, [0, 1])


def test_counts_of_labeled_images_are_probes_of_their_own(people):
    results = probe_semantic_weight(
        Steered(), people, [0, 1], label_counts=(2, 8), num_resamples=50
    )
    found = results[1]
    assert found["part_probe_labels_8"].value == found["part_probe_few"].value
    assert "part_probe_labels_2" in found
    table = format_probe(results, compare_ends(results))
    assert "2 labeled" in table
    assert "8 labeled" in table
    with pytest.raises(ValueError, match="99 labeled images: expected 1 to 16"):
        probe_semantic_weight(Steered(), people, [0], label_counts=[99])


def test_refuses_what_it_cannot_measure(people):
    with pytest.raises(ValueError, match="at least one λ"):
        probe_semantic_weight(Steered(), people, [])
    with pytest.raises(ValueError, match=r"semantic_weight=1.5 is outside"):
        probe_semantic_weight(Steered(), people, [0, 1.5])
    with pytest.raises(ValueError, match="0 identities were given"):
        ProbePeople.of([], (32, 16))
