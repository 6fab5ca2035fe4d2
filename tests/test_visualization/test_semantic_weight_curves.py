from types import SimpleNamespace

from PIL import Image

from solider_mm.visualization.semantic_weight_curves import plot_semantic_weight


def estimates(value):
    names = ("part_geometry", "part_probe", "identity_map")
    return {
        n: SimpleNamespace(value=value, low=value - 1, high=value + 1) for n in names
    }


def test_plots_one_panel_per_probe(tmp_path):
    results = {0.0: estimates(1.0), 0.5: estimates(2.0), 1.0: estimates(3.0)}
    path = plot_semantic_weight(results, tmp_path / "probe.png", estimates(1.5))
    with Image.open(path) as picture:
        assert picture.width > 2.5 * picture.height
        assert len(picture.convert("RGB").getcolors(1 << 20)) > 20
