import hashlib
import http.server
import threading

import pytest

from solider_mm.fileio.download import download

CONTENT = b"0123456789"


class Handler(http.server.BaseHTTPRequestHandler):
    """Announces twice the content for `/short`."""

    def do_GET(self) -> None:
        self.send_response(200)
        length = len(CONTENT) * (2 if self.path == "/short" else 1)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def address(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_whole_file_with_its_checksum(tmp_path, address) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()
    path = download(f"{address}/a", tmp_path / "new" / "a", sha256=digest)
    assert path.read_bytes() == CONTENT


def test_nothing_is_left_of_a_file_that_ends_early(tmp_path, address) -> None:
    message = r"/short cannot be downloaded \(10 of 20 bytes arrived\): check the"
    with pytest.raises(OSError, match=message):
        download(f"{address}/short", tmp_path / "a")
    assert not list(tmp_path.iterdir())


def test_nothing_is_left_of_another_file(tmp_path, address) -> None:
    with pytest.raises(ValueError, match="has the checksum"):
        download(f"{address}/a", tmp_path / "a", sha256="0" * 64)
    assert not list(tmp_path.iterdir())


def test_malformed_url(tmp_path) -> None:
    with pytest.raises(ValueError, match="unknown url type"):
        download("nothing", tmp_path / "a")
