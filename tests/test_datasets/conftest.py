"""Encoded images, and a web server for a folder."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


class Server:
    """Serves a folder on the loopback, and notes what it was asked for."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        self.broken = False
        asked, server = self.asked, self

        class Handler(SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path.rpartition("/")[2])
                if server.broken:
                    # Promises more than it sends, like a connection that breaks off.
                    self.send_response(200)
                    self.send_header("Content-Length", "1000000")
                    self.end_headers()
                    self.wfile.write(b"only this")
                else:
                    super().do_GET()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        handler = partial(Handler, directory=str(folder))
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Serve the folder ``served``; failed fetches are tried again at once."""
    monkeypatch.setattr("solider_mm.datasets.shards.cache._WAITS", (0.0, 0.0))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (tmp_path / "served").mkdir()
    running = Server(tmp_path / "served")
    yield running
    running.close()


@pytest.fixture
def encoded(tmp_path: Path) -> list[tuple[bytes, Path]]:
    """Ten files of different sizes, some of them multiples of a tar's block."""
    files = []
    for i in range(10):
        name = f"camera{i // 5}/{i:04}_c{i // 5 + 1}s1_000451_03.jpg"
        file = tmp_path / "files" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes([i]) * (256 * i + (i == 7)))
        files.append((name.encode(), file))
    return files
