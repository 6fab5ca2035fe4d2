import math

import numpy as np
import pytest
import torch
from sklearn.metrics import normalized_mutual_info_score

from solider_mm.evaluation.semantic_parts import (
    NearestNeighborAccuracy,
    foreground_iou,
    mask_to_tokens,
    nearest_neighbor_accuracy,
    normalized_mutual_information,
    part_nmi,
    parts_to_tokens,
)


class TestTokens:
    def test_mask_token_needs_half_of_its_area(self):
        mask = torch.zeros(1, 4, 4, dtype=torch.bool)
        mask[0, 0, :2] = True  # upper left token: 2 of 4 pixels
        mask[0, 3, 3] = True  # lower right token: 1 of 4 pixels
        assert mask_to_tokens(mask, (2, 2)).tolist() == [[[True, False], [False] * 2]]

    def test_part_token_takes_majority_and_smaller_of_ties(self):
        parts = torch.tensor(
            [[[2, 2, 1, 3], [2, 0, 3, 1], [0, 0, 5, 5], [0, 0, 5, 0]]],
            dtype=torch.uint8,
        )
        assert parts_to_tokens(parts, (2, 2)).tolist() == [[[2, 1], [0, 5]]]

    def test_accepts_grid_that_does_not_divide_size(self):
        parts = torch.zeros(1, 7, 5, dtype=torch.long)
        parts[:, 4:] = 1
        assert parts_to_tokens(parts, (2, 1)).squeeze().tolist() == [0, 1]

    def test_refuses_single_image(self):
        with pytest.raises(ValueError, match=r"shape \(4, 4\); expected \(B, H, W\)"):
            mask_to_tokens(torch.zeros(4, 4), (2, 2))


class TestForegroundIoU:
    def test_hand_computed_example(self):
        predicted = torch.tensor([[[1, 1], [0, 0]], [[0, 0], [0, 0]]]).bool()
        truth = torch.tensor([[[1, 0], [1, 0]], [[0, 0], [0, 0]]]).bool()
        iou = foreground_iou(predicted, truth)
        assert torch.allclose(iou, torch.tensor([1 / 3, 1.0]))
        assert iou.dtype == torch.float32

    def test_refuses_different_shapes(self):
        with pytest.raises(
            ValueError, match=r"reduce the ground truth to the token grid"
        ):
            foreground_iou(torch.ones(1, 2, 2), torch.ones(1, 4, 4))


class TestNMI:
    @pytest.mark.parametrize("seed", range(5))
    def test_matches_scikit_learn(self, seed):
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, 4, 500)
        labels = np.where(rng.random(500) < 0.2 * seed, truth, rng.integers(0, 3, 500))
        ours = normalized_mutual_information(
            torch.from_numpy(labels), torch.from_numpy(truth)
        )
        assert ours == pytest.approx(
            normalized_mutual_info_score(truth, labels), abs=1e-12
        )

    def test_hand_computed_example(self):
        # joint: (0, 0) twice, (0, 1) once, (1, 1) once
        labels, truth = torch.tensor([0, 0, 0, 1]), torch.tensor([0, 0, 1, 1])
        h_rows = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
        h_columns = math.log(2)
        h_joint = -(0.5 * math.log(0.5) + 2 * 0.25 * math.log(0.25))
        expected = 2 * (h_rows + h_columns - h_joint) / (h_rows + h_columns)
        assert normalized_mutual_information(labels, truth) == pytest.approx(expected)

    def test_edge_cases(self):
        constant, other = torch.zeros(6), torch.arange(6) % 2
        assert normalized_mutual_information(constant, constant) == 1.0
        assert normalized_mutual_information(constant, other) == 0.0
        assert normalized_mutual_information(other, 7 - 3 * other) == pytest.approx(1)
        empty = torch.zeros(0, dtype=torch.long)
        assert math.isnan(normalized_mutual_information(empty, empty))

    def test_part_nmi_ignores_background(self):
        truth = torch.tensor([[[0, 0, 1, 1], [0, 0, 2, 2]]])
        labels = torch.tensor([[[3, 1, 2, 2], [0, 2, 1, 1]]])  # wild off the person
        assert part_nmi(labels, truth) == pytest.approx(1.0)

    def test_missed_person_tokens_lower_part_nmi(self):
        truth = torch.tensor([[[1, 1, 2, 2]]])
        labels = torch.tensor([[[1, 0, 0, 2]]])
        expected = normalized_mutual_info_score([1, 1, 2, 2], [1, 0, 0, 2])
        assert part_nmi(labels, truth) == pytest.approx(expected)

    def test_inconsistent_labels_lower_part_nmi(self):
        truth = torch.tensor([[[1, 2]], [[1, 2]]])
        swapped = torch.tensor([[[1, 2]], [[2, 1]]])
        assert part_nmi(swapped, truth) == pytest.approx(0.0)


class TestNearestNeighbor:
    def test_hand_computed_example(self):
        features = torch.tensor([[1, 0], [1, 0.1], [1, 0.2], [0, 1], [0, 3.0]])
        identities = torch.tensor([0, 1, 0, 1, 2])
        cameras = torch.tensor([0, 0, 1, 1, 1])
        # q0 -> 2 right; q1 (camera 0) -> 2 wrong; q2 -> 1 wrong; q3 -> 1 right;
        # q4 has no match in another camera.
        result = nearest_neighbor_accuracy(features, identities, cameras)
        assert result.accuracy == pytest.approx(2 / 4)
        assert result.chance == pytest.approx((1 / 3 + 1 / 3 + 1 / 2 + 1 / 2) / 4)
        assert result.num_queries == 4

    def test_matches_naive_loop_for_any_chunk_size(self):
        generator = torch.Generator().manual_seed(0)
        features = torch.randn(83, 8, generator=generator)
        identities = torch.randint(9, (83,), generator=generator)
        cameras = torch.randint(3, (83,), generator=generator)
        unit = (features / features.norm(dim=1, keepdim=True)).numpy()
        hits, queries = 0, 0
        for i in range(83):
            others = [j for j in range(83) if cameras[j] != cameras[i]]
            if not any(identities[j] == identities[i] for j in others):
                continue
            best = max(others, key=lambda j: float(unit[i] @ unit[j]))
            hits, queries = hits + int(identities[best] == identities[i]), queries + 1
        for chunk_size in (1, 10, 1000):
            result = nearest_neighbor_accuracy(
                features, identities, cameras, chunk_size=chunk_size
            )
            assert result.accuracy == pytest.approx(hits / queries)
            assert result.num_queries == queries
            assert 0 < result.chance < 0.3

    def test_one_camera_gives_no_queries(self):
        result = nearest_neighbor_accuracy(torch.eye(3), torch.zeros(3), torch.zeros(3))
        assert math.isnan(result.accuracy)
        assert math.isnan(result.chance)
        assert result.num_queries == 0

    def test_refuses_invalid_input(self):
        with pytest.raises(ValueError, match="2 features, 3 identities and 3 cameras"):
            nearest_neighbor_accuracy(torch.eye(2), torch.zeros(3), torch.zeros(3))
        with pytest.raises(ValueError, match="chunk_size is 0"):
            nearest_neighbor_accuracy(
                torch.eye(2), torch.zeros(2), torch.zeros(2), chunk_size=0
            )


def test_same_camera_excludes_query_and_other_cameras() -> None:
    features = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [1.0, 0.0]])
    identities = torch.tensor([1, 1, 2, 1])
    cameras = torch.tensor([0, 0, 0, 1])
    result = nearest_neighbor_accuracy(
        features, identities, cameras, same_camera=True, chunk_size=2
    )
    # 2 has no match in camera 0, 3 is alone in camera 1; each of 0 and 1 has one
    # match among two candidates.
    assert result == NearestNeighborAccuracy(1.0, 0.5, 2)
