"""How cost grows: tables and a plot."""

import pytest
from PIL import Image

from benchmarks import growth, ranks


@pytest.fixture
def crops(tmp_path):
    folder = tmp_path / "crops"
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (32, 64), (80 * number, 40, 200)).save(
            folder / f"{number}.png"
        )
    return folder


@pytest.fixture
def small(monkeypatch):
    base = {
        "batch": 2,
        "local views": 1,
        "view": (64, 32),
        "parts N": 2,
        "prototypes K": 8,
    }
    sweeps = {"batch": (1, 2), "view": ((32, 16), (64, 32)), "local views": (0, 1)}
    monkeypatch.setattr(growth, "BASE", base)
    monkeypatch.setattr(growth, "SWEEPS", sweeps)


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_a_row_per_value_and_one_plot(crops, tmp_path, capsys):
    picture = tmp_path / "deep" / "growth.png"
    command = ["--images", str(crops), "--plot", str(picture), "--repeats", "2"]
    sizes = ["--sizes", "batch", "view", "local views", "--processes"]
    assert growth.main([*command, *sizes]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line for line in lines if line.startswith(("batch", "view", "local"))]
    assert len(rows) == 6
    assert [row for row in rows if "1.00" in row.split()]
    with Image.open(picture) as image:
        assert min(image.size) > 300


@pytest.mark.slow
def test_two_ranks_share_the_machine(crops, monkeypatch):
    class Args:
        arch, dtype, images, repeats = "tiny", "bf16", crops, 1

    # Spawned processes import the module anew: the sizes stay the real ones.
    speed = ranks.images_per_second(2, Args())
    assert 0.05 < speed < 1000


def test_sizes_as_text_and_numbers():
    assert growth.show((256, 128)) == "256×128"
    assert growth.show(8) == "8"
    assert growth.area((256, 128)) == 32768
    assert growth.area(3) == 3
