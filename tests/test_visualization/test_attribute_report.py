import pytest
from PIL import Image

from solider_mm.visualization import plot_attribute_report, write_figure


@pytest.fixture
def report():
    rows = [("Hat", 80.0, 70.0, 90.0, 5), ("Bag", 40.0, 0.0, 80.0, 0)]
    keys = ("name", "mA", "positive_recall", "negative_recall", "positives")
    return {
        "attributes": [dict(zip(keys, row, strict=True)) for row in rows],
        "summary": {"mA": 60.0},
        "num_images": 12,
    }


def test_bars_are_sorted_mean_accuracies(report):
    axes = plot_attribute_report(report).axes[0]
    assert [bar.get_width() for bar in axes.patches] == [40, 80]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["Bag (0)", "Hat (5)"]
    recalls = axes.lines[0].get_xdata()
    assert list(recalls) == [0, 70]
    assert axes.get_title() == "Attributes of 12 images"


def test_chart_height_grows_with_attributes(tmp_path, report):
    small = Image.open(
        write_figure(plot_attribute_report(report), tmp_path / "few.png")
    ).size
    report["attributes"] *= 10
    large = Image.open(
        write_figure(plot_attribute_report(report), tmp_path / "many.png")
    ).size
    assert large[0] == small[0]
    assert large[1] > 2 * small[1]


def test_refuses_empty_report(report):
    with pytest.raises(ValueError, match="has 0 attributes"):
        plot_attribute_report({**report, "attributes": []})
