import json

import numpy as np
import pytest
from PIL import Image

from solider_mm.synthetic.writers.layout import (
    MANIFEST,
    RENDERING_VERSION,
    is_rendered,
    make_spec,
    positive,
    render_all,
    save_picture,
    synthetic_folder,
)

SPEC = make_spec("test", seed=3, size=(4, 5))


def test_spec_contains_layout_version_and_settings():
    assert SPEC == {
        "layout": "test",
        "version": RENDERING_VERSION,
        "seed": 3,
        "size": [4, 5],
    }


def test_folder_appears_when_complete(tmp_path):
    out = tmp_path / "deep" / "synthetic"
    with synthetic_folder(out, SPEC) as folder:
        (folder / "a.txt").write_text("a")
        assert not out.exists()
    assert (out / "a.txt").read_text() == "a"
    assert json.loads((out / MANIFEST).read_text()) == SPEC
    assert [path.name for path in out.parent.iterdir()] == ["synthetic"]


def test_folder_replaces_an_empty_one(tmp_path):
    (tmp_path / "synthetic").mkdir()
    with synthetic_folder(tmp_path / "synthetic", SPEC):
        pass
    assert (tmp_path / "synthetic" / MANIFEST).is_file()


def test_nothing_is_left_after_a_failure(tmp_path):
    with (
        pytest.raises(RuntimeError, match="pen broke"),
        synthetic_folder(tmp_path / "synthetic", SPEC) as folder,
    ):
        (folder / "a.txt").write_text("a")
        raise RuntimeError("pen broke")
    assert list(tmp_path.iterdir()) == []


def test_recognizes_its_own_folder(tmp_path):
    out = tmp_path / "synthetic"
    assert not is_rendered(out, SPEC)
    out.mkdir()
    assert not is_rendered(out, SPEC)
    out.rmdir()
    with synthetic_folder(out, SPEC):
        pass
    assert is_rendered(out, SPEC)
    with pytest.raises(FileExistsError, match=r"other settings.*choose another folder"):
        is_rendered(out, make_spec("test", seed=4))


@pytest.mark.parametrize("name", ["photo.jpg", MANIFEST])
def test_foreign_files_are_refused(tmp_path, name):
    (tmp_path / name).write_text("not json")
    with pytest.raises(FileExistsError, match="already has other files"):
        is_rendered(tmp_path, SPEC)
    with pytest.raises(FileExistsError, match="already has other files"):
        is_rendered(tmp_path / name, SPEC)


@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.slow)])
def test_render_all_keeps_the_order(workers, capsys):
    jobs = list(range(-25, 0))
    assert render_all(abs, jobs, workers) == list(range(25, 0, -1))
    assert "25/25" in capsys.readouterr().err


def test_render_all_can_be_silent(capsys):
    assert render_all(abs, [-1], show_progress=False) == [1]
    assert render_all(abs, []) == []
    captured = capsys.readouterr()
    assert captured.err == captured.out == ""


def test_bad_counts():
    with pytest.raises(ValueError, match="workers must be 0 or larger, got -1"):
        render_all(abs, [1], -1)
    with pytest.raises(ValueError, match="num_train is 0: expected 1 or larger"):
        positive(num_val=1, num_train=0)


def test_pictures_are_saved_by_suffix(tmp_path):
    labels = np.arange(20, dtype=np.uint8).reshape(4, 5)
    save_picture(tmp_path / "a" / "labels.png", labels)
    np.testing.assert_array_equal(Image.open(tmp_path / "a" / "labels.png"), labels)
    picture = np.full((16, 16, 3), (200, 40, 90), dtype=np.uint8)
    save_picture(tmp_path / "photo.jpg", picture)
    back = np.asarray(Image.open(tmp_path / "photo.jpg")).astype(int)
    assert np.abs(back - picture).max() < 4
