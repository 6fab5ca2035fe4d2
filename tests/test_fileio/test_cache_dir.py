from pathlib import Path

import pytest

from solider_mm.fileio.cache_dir import cache_dir


def test_environment_decides_the_folder(monkeypatch):
    monkeypatch.setenv("SOLIDER_MM_CACHE", "/c")
    assert cache_dir("index") == Path("/c/index")
    monkeypatch.delenv("SOLIDER_MM_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    assert cache_dir("shards") == Path("/x/solider_mm/shards")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/h")
    assert cache_dir("index") == Path("/h/.cache/solider_mm/index")


def test_names_the_remedy_without_a_home(monkeypatch):
    monkeypatch.delenv("SOLIDER_MM_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def fail(path):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", fail)
    with pytest.raises(RuntimeError, match="set SOLIDER_MM_CACHE"):
        cache_dir("index")
