import socket
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from solider_mm.fileio.socket_timeout import socket_timeout


def test_silent_server_raises_an_error(monkeypatch):
    """It accepts the connection and never answers."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    before = socket.getdefaulttimeout()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/a"
        with pytest.raises((TimeoutError, URLError)), socket_timeout(0.2):
            urlopen(url)
    assert socket.getdefaulttimeout() == before
