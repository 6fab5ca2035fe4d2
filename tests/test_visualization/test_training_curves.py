import json
import math
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from solider_mm.visualization import plot_training, plot_training_curves
from solider_mm.visualization.training_log import TrainingLog


def make_stage(name, length, **metrics):
    records = [
        {"iter": i, **{key: c(i) if callable(c) else c for key, c in metrics.items()}}
        for i in range(1, length + 1)
    ]
    return TrainingLog(name, records, num_prototypes=512, num_parts=3)


@pytest.fixture
def stages():
    dino = make_stage("first", 40, loss=lambda i: 7 - i / 10, lr=1e-3, base_lr=9)
    solider = make_stage(
        "second",
        20,
        loss=lambda i: float("nan") if i == 5 else 3.0,
        lr=1e-4,
        semantic_cross_entropy=1.0,
        kept_fraction=0.5,
        part_balance=0.9,
    )
    return [dino, solider]


def axes_by_title(figure):
    return {axes.get_title(loc="left"): axes for axes in figure.axes}


def line(axes, label):
    return next(item for item in axes.lines if item.get_label() == label)


def test_shows_only_logged_panels(stages):
    titles = list(axes_by_title(plot_training_curves(stages)))
    assert titles == [
        "Semantic cross-entropy",
        "Total loss",
        "Semantic labels",
        "Learning rate",
    ]


def test_second_stage_continues_the_first(stages):
    figure = plot_training_curves(stages)
    axes = axes_by_title(figure)["Learning rate"]
    first, second = axes.lines
    np.testing.assert_array_equal(first.get_xdata(), np.arange(1, 41))
    np.testing.assert_array_equal(second.get_xdata(), np.arange(41, 61))
    np.testing.assert_array_equal(second.get_ydata(), np.full(20, 1e-4))
    assert axes.get_xlim() == (0, 60)
    assert axes.get_xlabel() == "iteration"
    title = figure.get_suptitle()
    assert "first (iterations 1–40), then second (iterations 41–60)" in title


def test_two_curves_in_one_panel_have_a_legend(stages):
    axes = axes_by_title(plot_training_curves(stages))["Semantic labels"]
    shown = [text.get_text() for text in axes.get_legend().get_texts()]
    assert shown == ["images kept", "part balance"]
    assert axes.get_ylim() == (0, 1.05)
    assert line(axes, "part balance").get_ydata().tolist() == [0.9] * 20


def test_shows_chance_level(stages):
    axes = axes_by_title(plot_training_curves(stages))["Semantic cross-entropy"]
    level = next(item for item in axes.lines if item.get_linestyle() == ":")
    np.testing.assert_allclose(level.get_ydata(), math.log(4))
    assert level.get_xdata().tolist() == [40, 60]
    assert axes.texts[0].get_text() == "ln(N + 1) = 1.39"


def test_labels_equal_chance_levels_once():
    short = make_stage("short", 5, teacher_entropy=5.0)
    long = make_stage("long", 95, teacher_entropy=5.0)
    axes = plot_training_curves([short, long]).axes[0]
    assert [text.get_text() for text in axes.texts] == ["ln K = 6.24"]
    axes = plot_training_curves([replace(short, num_prototypes=64), long]).axes[0]
    assert [text.get_text() for text in axes.texts] == ["ln K = 4.16", "ln K = 6.24"]
    assert [text.get_ha() for text in axes.texts] == ["left", "right"]


def test_marks_non_finite_values(stages):
    axes = axes_by_title(plot_training_curves(stages))["Total loss"]
    assert line(axes, "not finite").get_xdata().tolist() == [45]
    assert np.isfinite(axes.get_ylim()).all()


def test_plots_moving_mean_of_noisy_values():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=1000)
    stage = make_stage("s", 1000, loss=lambda i: noise[i - 1])
    axes = plot_training_curves([stage]).axes[0]
    thin, thick = axes.lines
    np.testing.assert_array_equal(thin.get_ydata(), noise)
    assert thick.get_ydata()[500] == pytest.approx(noise[490:511].mean())
    assert thick.get_ydata()[0] == pytest.approx(noise[:11].mean())


def test_refuses_logs_without_known_metrics():
    with pytest.raises(ValueError, match="1 logs contain none of the known metrics"):
        plot_training_curves([make_stage("s", 3, other=1.0)])


def test_writes_picture_file(tmp_path):
    folder = tmp_path / "stage" / "20260101_000000" / "vis_data"
    folder.mkdir(parents=True)
    records = [{"iter": i, "loss": 1 / i, "lr": 1e-3} for i in range(1, 30)]
    (folder / "scalars.json").write_text("\n".join(map(json.dumps, records)))
    path = plot_training([tmp_path / "stage"], tmp_path / "new" / "curves.png")
    assert [item.name for item in path.parent.iterdir()] == ["curves.png"]
    picture = np.asarray(Image.open(path).convert("RGB"))
    # 2 panels of 4.4 in, 1 row of 2.7 in and 0.6 in of title, at 110 dots per inch
    assert picture.shape == (363, 968, 3)
    for half in (picture[:, :484], picture[:, 484:]):
        assert (half == (0, 114, 178)).all(axis=-1).sum() > 100  # a blue line in each
