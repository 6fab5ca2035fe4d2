from types import SimpleNamespace

from PIL import Image

from solider_mm.visualization.semantic_weight_curves import (
    LOOKS,
    plot_semantic_weight,
    plot_sweep,
)


def estimates(value, names=("part_geometry", "part_probe", "identity_map")):
    return {
        n: SimpleNamespace(value=value, low=value - 1, high=value + 1) for n in names
    }


def test_plots_one_panel_per_probe(tmp_path):
    results = {0.0: estimates(1.0), 0.5: estimates(2.0), 1.0: estimates(3.0)}
    path = plot_semantic_weight(results, tmp_path / "probe.png", estimates(1.5))
    with Image.open(path) as picture:
        assert picture.width > 2.5 * picture.height
        assert len(picture.convert("RGB").getcolors(1 << 20)) > 20


def test_numbers_of_labeled_images_have_a_panel(tmp_path):
    names = ("part_geometry", "part_probe_labels_8", "part_probe_labels_32")
    results = {0.0: estimates(1.0, names), 1.0: estimates(3.0, names)}
    path = plot_semantic_weight(results, tmp_path / "probe.png")
    with Image.open(path) as picture:
        assert 1.5 * picture.height < picture.width < 3 * picture.height


def test_panels_have_different_titles():
    titles = [look.title for look in LOOKS.values()]
    assert len(set(titles)) == len(titles)


def test_sweep_grows_with_its_variants(tmp_path):
    seeds = {0.0: [1.0, 1.1], 1.0: [1.3, 1.4]}
    sizes = []
    for number in (2, 6):
        values = {f"num_blocks={n}": seeds for n in range(number)}
        path = plot_sweep(values, "part_geometry", tmp_path / f"{number}.png")
        with Image.open(path) as picture:
            sizes.append(picture.size)
    assert sizes[0][0] < sizes[1][0]
    assert sizes[0][1] == sizes[1][1]
