import pytest
from matplotlib.figure import Figure
from PIL import Image

from solider_mm.visualization.figure_file import write_figure


def test_dpi_gives_the_size_in_pixels(tmp_path):
    figure = Figure(figsize=(2, 1), dpi=50)
    sizes = [
        Image.open(write_figure(figure, tmp_path / "new" / "a.png", dpi)).size
        for dpi in (None, 100)
    ]
    assert sizes == [(100, 50), (200, 100)]


@pytest.mark.parametrize("name", ["curves", "curves.nonsense"])
def test_refuses_a_path_without_a_known_suffix(tmp_path, name):
    with pytest.raises(ValueError, match=r"expected one of .*png.*; add \.png"):
        write_figure(Figure(), tmp_path / name)
    assert not list(tmp_path.iterdir())
