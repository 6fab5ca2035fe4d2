"""Foreground, parts and their order, on maps worked out by hand."""

import pytest
import torch

from solider_mm.functional.semantic_labels import (
    cluster_parts,
    order_parts,
)


def test_parts_are_clusters_of_foreground_vectors() -> None:
    features = torch.tensor([[[[0.0, 0.1], [5.0, 5.1], [100.0, 0.05]]]])
    foreground = torch.tensor([[[True, True], [True, True], [False, True]]])
    parts = cluster_parts(features, foreground, 2)[0]
    low = parts[foreground[0] & (features[0, 0] < 1)]
    high = parts[foreground[0] & (features[0, 0] > 1)]
    assert len(low.unique()) == len(high.unique()) == 1
    assert low[0] != high[0]
    assert parts[2, 0] == 0


def test_parts_want_a_map() -> None:
    with pytest.raises(ValueError, match=r"features has shape \(1, 4\), expected \(B"):
        cluster_parts(torch.ones(1, 4), torch.ones(1, 2, 2, dtype=torch.bool), 2)


def test_order_is_by_mean_row() -> None:
    # mean rows: cluster 0 -> 2, cluster 1 -> (0+0+3)/3 = 1, cluster 2 -> 0.5
    assignment = torch.tensor([[[1, 1, 2], [0, 0, 2], [0, 0, 0], [1, 0, 0]]])
    foreground = torch.ones(1, 4, 3, dtype=torch.bool)
    foreground[0, 1, 0] = False
    labels = order_parts(assignment, foreground, 3)
    assert labels.dtype == torch.int64
    expected = [[2, 2, 1], [0, 3, 1], [3, 3, 3], [2, 3, 3]]
    assert labels[0].tolist() == expected


def test_equal_mean_rows_go_in_reading_order() -> None:
    # every cluster's mean row is 1; first tokens: cluster 2, then 0, then 1
    assignment = torch.tensor([[[2, 0, 2], [1, 1, 1], [2, 0, 2]]])
    labels = order_parts(assignment, torch.ones(1, 3, 3, dtype=torch.bool), 3)
    assert labels[0].tolist() == [[1, 2, 1], [3, 3, 3], [1, 2, 1]]


def test_empty_clusters_leave_no_gap() -> None:
    assignment = torch.tensor([[[4, 4], [1, 1]]])
    labels = order_parts(assignment, torch.ones(1, 2, 2, dtype=torch.bool), 5)
    assert labels[0].tolist() == [[1, 1], [2, 2]]


def test_order_against_a_naive_loop() -> None:
    assignment = torch.randint(0, 5, (20, 6, 4))
    foreground = torch.rand(20, 6, 4) < 0.7
    labels = order_parts(assignment, foreground, 5)
    for clusters, flags, found in zip(assignment, foreground, labels, strict=True):
        keys = []
        for k in range(5):
            places = (flags & (clusters == k)).nonzero()
            if len(places):
                rows = places[:, 0].tolist()
                keys.append((sum(rows) / len(rows), places[0].tolist(), k))
        for label, (_, _, k) in enumerate(sorted(keys), start=1):
            assert (found[flags & (clusters == k)] == label).all()
        assert not found[~flags].any()


def test_no_foreground_and_no_images() -> None:
    assignment = torch.zeros(2, 3, 2, dtype=torch.int64)
    none = torch.zeros(2, 3, 2, dtype=torch.bool)
    assert not order_parts(assignment, none, 3).any()
    assert order_parts(assignment[:0], none[:0], 3).shape == (0, 3, 2)


def test_order_wants_maps_of_one_size() -> None:
    assignment = torch.zeros(2, 3, 2, dtype=torch.int64)
    with pytest.raises(ValueError, match=r"\(2, 3, 2\) and foreground \(2, 3, 1\)"):
        order_parts(assignment, torch.ones(2, 3, 1, dtype=torch.bool), 3)
