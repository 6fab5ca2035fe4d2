import socket

import pytest

from solider_mm.checkpoints.locations import local_path
from solider_mm.fileio import download


def test_silent_server_is_an_error_that_names_the_url(tmp_path, monkeypatch):
    """It accepts the connection and never answers."""
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    monkeypatch.setenv("SOLIDER_MM_CACHE", str(tmp_path))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/a.pth"
        with pytest.raises(ValueError, match=r"/a\.pth cannot be downloaded \(.*time"):
            local_path(url)
    assert not list(tmp_path.rglob("*.pth"))


@pytest.mark.parametrize("url", ["nowhere://x/a.pth", "petrel://bucket/a.pth"])
def test_unknown_storage_is_an_error_that_names_the_url(tmp_path, monkeypatch, url):
    monkeypatch.setenv("SOLIDER_MM_CACHE", str(tmp_path))
    with pytest.raises(ValueError, match=r"/a\.pth cannot be downloaded"):
        local_path(url)
