"""The clusterers, timed."""

import numpy as np
import pytest

from benchmarks import clusterer


@pytest.mark.parametrize("features", ["bodies", "noise"])
def test_one_row_of_the_features(features, capsys):
    command = f"--images 6 --channels 16 --repeats 2 --features {features}"
    assert clusterer.main(command.split()) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[4].split()[0] == features
    assert lines[5].startswith("6 maps of 8×4×16, 3 parts")


def test_prints_the_quality_of_the_parts(capsys):
    assert clusterer.main(["--images", "6", "--channels", "64", "--repeats", "2"]) == 0
    note = capsys.readouterr().out.splitlines()[-1]
    _, images, inertia = note.rpartition("ours / theirs, ")[2].partition("6 images: ")
    assert images
    assert float(inertia.rstrip(".")) == pytest.approx(1, abs=0.01)


def test_inertia_by_hand():
    feature = np.array([[[1.0, 3.0], [10.0, 5.0]]], np.float32)  # (1, 2, 2)
    labels = np.array([[1, 1], [2, 0]])
    assert clusterer.inertia_of(feature, labels) == 2.0
