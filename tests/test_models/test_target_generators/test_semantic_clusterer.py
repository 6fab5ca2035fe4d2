"""Semantic labels against the golden maps, by hand, and on degenerate maps."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from solider_mm.models.target_generators import SemanticClusterer
from solider_mm.registry import MODELS

PLANTED = ("planted_8x4_n3", "planted_16x8_n4", "planted_8x4_n2")
PHOTO = ("photo_8x4_n3", "photo_16x8_n5")


class Golden:
    """One case of the golden file, with our answer to it."""

    def __init__(self, golden_dir: Path, case: str) -> None:
        with np.load(golden_dir / f"semantic_parts_{case}.npz") as file:
            data = {k: torch.from_numpy(np.asarray(file[k])) for k in file.files}
        self.features = data["features"].float()
        self.foreground = data["foreground"].bool()
        self.foreground_inertia = data["foreground_inertia"].double()
        self.kept_index = data["kept"]
        self.kept = torch.zeros(len(self.features), dtype=torch.bool)
        self.kept[self.kept_index] = True
        self.kept_labels = data["labels"].long()
        self.inertia = data["inertia"].double()
        clusterer = SemanticClusterer(num_parts=int(data["parts"]))
        self.found, self.found_kept = clusterer(self.features)


def inertia(points: Tensor, labels: Tensor) -> Tensor:
    """Sum of squares of points (L, C) around the means of their labels (L,)."""
    groups = [points[labels == k].double() for k in labels.unique()]
    return torch.stack([((g - g.mean(dim=0)) ** 2).sum() for g in groups]).sum()


def foreground_inertia(features: Tensor, labels: Tensor) -> Tensor:
    norms = features.norm(dim=1).flatten(1).unsqueeze(-1)
    flags = (labels > 0).flatten(1)
    return torch.stack([inertia(*pair) for pair in zip(norms, flags, strict=True)])


@pytest.mark.parametrize("case", PLANTED)
def test_planted_maps_agree_exactly(golden_dir: Path, case: str) -> None:
    golden = Golden(golden_dir, case)
    assert torch.equal(golden.found > 0, golden.foreground)
    assert torch.equal(golden.found_kept, golden.kept)
    assert torch.equal(golden.found[golden.kept_index], golden.kept_labels)


@pytest.mark.parametrize("case", PHOTO)
def test_photo_foreground_is_no_worse_and_kept_agrees(
    golden_dir: Path, case: str
) -> None:
    golden = Golden(golden_dir, case)
    found = foreground_inertia(golden.features, golden.found)
    # the golden numbers are sums in float32
    assert (found <= golden.foreground_inertia * (1 + 1e-6)).all()
    better = found < golden.foreground_inertia * (1 - 1e-6)
    assert better.sum() <= 2
    assert torch.equal(golden.found_kept[~better], golden.kept[~better])
    same = (golden.found > 0) == golden.foreground
    assert same.flatten(1).all(dim=1)[~better].all()


@pytest.mark.parametrize("case", PHOTO)
def test_photo_parts_are_as_tight(golden_dir: Path, case: str) -> None:
    golden = Golden(golden_dir, case)
    ratios = []
    for index, expected in zip(golden.kept_index, golden.inertia, strict=True):
        flags = golden.found[index] > 0
        if torch.equal(flags, golden.foreground[index]):
            tokens = golden.features[index][:, flags].T
            ratios.append(inertia(tokens, golden.found[index][flags]) / expected)
    assert len(ratios) >= len(golden.kept_index) - 1
    assert torch.stack(ratios).mean() <= 1.005


def body() -> Tensor:
    """A 5×3 map (1, 3, 5, 3): head, trunk, legs and a faint background."""
    head, trunk, legs = [4.0, 0.0, 0.0], [0.0, 4.2, 0.0], [0.0, 0.0, 3.9]
    faint = [0.5, 0.5, 0.4]
    rows = [
        [faint, head, faint],
        [trunk, trunk, trunk],
        [trunk, trunk, faint],
        [legs, legs, faint],
        [legs, faint, legs],
    ]
    return torch.tensor(rows).permute(2, 0, 1).unsqueeze(0)


BODY_LABELS = [[0, 1, 0], [2, 2, 2], [2, 2, 0], [3, 3, 0], [3, 0, 3]]


def test_hand_drawn_body() -> None:
    labels, kept = SemanticClusterer(num_parts=3)(body())
    assert labels.dtype == torch.int64 and kept.dtype == torch.bool
    assert labels[0].tolist() == BODY_LABELS
    assert kept.tolist() == [True]


def test_body_turned_upside_down_is_numbered_from_the_top_again() -> None:
    labels, _ = SemanticClusterer(num_parts=3)(body().flip(2))
    turned = [[(0, 3, 2, 1)[label] for label in row] for row in BODY_LABELS[::-1]]
    assert labels[0].tolist() == turned


def test_without_foreground_split_every_token_has_a_part() -> None:
    clusterer = SemanticClusterer(num_parts=4, foreground=None)
    labels, kept = clusterer(body())
    assert labels.min() == 1 and labels.max() == 4
    assert len(labels[0][body()[0].norm(dim=0) < 1].unique()) == 1
    assert kept.all()


@pytest.mark.parametrize(("fraction", "expected"), [(0.66, True), (0.67, False)])
def test_kept_if_more_than_the_fraction(fraction: float, expected: bool) -> None:
    labels, kept = SemanticClusterer(min_foreground=fraction)(body())  # 10 of 15
    assert kept.tolist() == [expected]
    assert labels[0].tolist() == BODY_LABELS  # labeled all the same


def test_half_the_tokens_is_not_more_than_half() -> None:
    features = torch.tensor([1.0, 1.0, 5.0, 5.0]).view(1, 1, 2, 2)
    assert not SemanticClusterer(num_parts=1)(features)[1]
    assert SemanticClusterer(num_parts=1, min_foreground=0.49)(features)[1]


def test_same_features_same_labels_whatever_the_neighbors() -> None:
    features = torch.randn(9, 24, 8, 4)
    clusterer = SemanticClusterer(num_parts=3)
    labels, kept = clusterer(features)
    for _ in range(2):  # neither the call nor the global generator matters
        torch.rand(3)
        assert torch.equal(clusterer(features)[0], labels)
    order = torch.tensor([8, 2, 5, 0, 1, 7, 3, 4, 6])
    assert torch.equal(clusterer(features[order])[0], labels[order])
    for index in range(9):
        alone, alone_kept = clusterer(features[index : index + 1])
        assert torch.equal(alone[0], labels[index])
        assert torch.equal(alone_kept[0], kept[index])


def test_global_random_state_is_left_alone() -> None:
    before = torch.get_rng_state()
    SemanticClusterer()(torch.randn(2, 4, 4, 2, generator=torch.Generator()))
    assert torch.equal(torch.get_rng_state(), before)


def test_no_gradient_and_no_parameters() -> None:
    features = torch.randn(2, 4, 4, 2, requires_grad=True)
    clusterer = SemanticClusterer()
    labels, kept = clusterer(features)
    assert not labels.requires_grad and not kept.requires_grad
    assert not list(clusterer.parameters()) and not clusterer.state_dict()


@pytest.mark.parametrize("value", [0.0, 0.1, 27.7])
@pytest.mark.parametrize("channels", [3, 768])
def test_equal_tokens_are_background(value: float, channels: int) -> None:
    features = torch.full((2, channels, 8, 4), value)
    features *= torch.randn(channels).view(-1, 1, 1)
    labels, kept = SemanticClusterer()(features)
    assert not labels.any() and not kept.any()
    labels, kept = SemanticClusterer(foreground=None)(features)
    assert labels.eq(1).all() and kept.all()


def test_fewer_different_tokens_than_parts() -> None:
    features = torch.zeros(1, 2, 4, 2)
    features[:, 0, :2] = 5.0
    features[:, 1, 2] = 5.0
    labels, kept = SemanticClusterer(num_parts=8)(features)
    assert labels[0].tolist() == [[1, 1], [1, 1], [2, 2], [0, 0]]
    assert kept.all()


def test_fewer_foreground_tokens_than_parts() -> None:
    features = torch.zeros(1, 1, 2, 2)
    features[0, 0, 1, 1] = 3.0
    labels, kept = SemanticClusterer(num_parts=5)(features)
    assert labels[0].tolist() == [[0, 0], [0, 1]]
    assert not kept


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 3e38])
@pytest.mark.parametrize("foreground", ["magnitude", None])
def test_broken_maps_are_dropped_and_harm_no_others(
    value: float, foreground: str | None
) -> None:
    features = torch.randn(3, 4, 4, 2)
    clusterer = SemanticClusterer(foreground=foreground)
    labels, kept = clusterer(features)
    features[1, :, 2, 1] = value  # 3e38 is finite, its magnitude is not
    found, found_kept = clusterer(features)
    assert not found[1].any() and not found_kept[1]
    assert torch.equal(found[::2], labels[::2])
    assert torch.equal(found_kept[::2], kept[::2])


def test_map_of_one_token() -> None:
    features = torch.randn(2, 5, 1, 1)
    labels, kept = SemanticClusterer()(features)
    assert not labels.any() and not kept.any()
    labels, kept = SemanticClusterer(foreground=None)(features)
    assert labels.flatten().tolist() == [1, 1] and kept.all()


@pytest.mark.parametrize("foreground", ["magnitude", None])
def test_no_images(foreground: str | None) -> None:
    clusterer = SemanticClusterer(foreground=foreground)
    labels, kept = clusterer(torch.randn(0, 5, 8, 4))
    assert labels.shape == (0, 8, 4) and labels.dtype == torch.int64
    assert kept.shape == (0,) and kept.dtype == torch.bool


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions(dtype: torch.dtype) -> None:
    labels, kept = SemanticClusterer()(body().to(dtype))
    assert labels[0].tolist() == BODY_LABELS and kept.all()


def test_autocast_changes_nothing() -> None:
    features = torch.randn(4, 24, 8, 4)
    labels, _ = SemanticClusterer()(features)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(SemanticClusterer()(features)[0], labels)


def test_memory_layout_changes_nothing() -> None:
    features = torch.randn(4, 24, 8, 4)
    labels, _ = SemanticClusterer()(features)
    other = features.to(memory_format=torch.channels_last)
    assert torch.equal(SemanticClusterer()(other)[0], labels)


@pytest.mark.parametrize("num_parts", range(1, 9))
def test_labels_are_contiguous_for_every_number_of_parts(num_parts: int) -> None:
    labels, _ = SemanticClusterer(num_parts=num_parts)(torch.randn(4, 8, 12, 4))
    for image in labels:
        assert image.unique().tolist() == list(range(num_parts + 1))


@pytest.mark.parametrize("foreground", ["magnitude", None])
def test_nothing_is_read_back(foreground: str | None) -> None:
    features = torch.empty(3, 5, 8, 4, device="meta")  # has no values to read
    labels, kept = SemanticClusterer(foreground=foreground)(features)
    assert labels.shape == (3, 8, 4) and kept.shape == (3,)


@pytest.mark.gpu
@pytest.mark.parametrize("foreground", ["magnitude", None])
def test_cuda_gives_the_same_labels_without_a_round_trip(
    foreground: str | None,
) -> None:
    features = torch.randn(16, 64, 8, 4, dtype=torch.float64)
    clusterer = SemanticClusterer(foreground=foreground)
    labels, kept = clusterer(features)
    on_gpu = features.cuda()
    torch.cuda.set_sync_debug_mode("error")
    try:
        found, found_kept = clusterer(on_gpu)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert torch.equal(found.cpu(), labels)
    assert torch.equal(found_kept.cpu(), kept)


@pytest.mark.parametrize("prefix", ["", "solider_mm."])
def test_built_from_a_config(prefix: str) -> None:
    clusterer = MODELS.build({"type": f"{prefix}SemanticClusterer", "num_parts": 4})
    assert isinstance(clusterer, SemanticClusterer)
    assert clusterer.num_parts == 4


@pytest.mark.parametrize("num_parts", [0, -1, 9, 2.5, True, "3"])
def test_number_of_parts_has_a_range(num_parts: object) -> None:
    with pytest.raises(
        ValueError, match=r"num_parts=.*expected a whole number, 1 to 8"
    ):
        SemanticClusterer(num_parts=num_parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"foreground": "color"}, "foreground='color', expected 'magnitude' or None"),
        ({"min_foreground": 1.0}, r"min_foreground=1\.0, expected a fraction"),
        ({"min_foreground": -0.1}, r"min_foreground=-0\.1, expected a fraction"),
        ({"num_restarts": 0}, "num_restarts=0, expected a whole number, at least 1"),
        ({"max_iterations": 0}, "max_iterations=0, expected a whole number"),
    ],
)
def test_bad_arguments(argument: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SemanticClusterer(**argument)  # type: ignore[arg-type]


def test_unknown_argument() -> None:
    with pytest.raises(TypeError, match="num_part"):
        MODELS.build({"type": "solider_mm.SemanticClusterer", "num_part": 3})


def test_bad_features() -> None:
    clusterer = SemanticClusterer()
    with pytest.raises(TypeError, match=r"features has type torch\.int64, expected"):
        clusterer(torch.ones(1, 2, 3, 4, dtype=torch.int64))
    with pytest.raises(ValueError, match=r"shape \(2, 5\), expected \(B, C, H, W\)"):
        clusterer(torch.ones(2, 5))
    with pytest.raises(ValueError, match=r"shape \(2, 5, 0, 4\), expected"):
        clusterer(torch.ones(2, 5, 0, 4))
