"""Who comes second waits for the first."""

import threading

from solider_mm.fileio.file_lock import locked


def test_second_waits_for_the_first(tmp_path) -> None:
    order = []
    other = threading.Thread(target=lambda: enter(tmp_path / "lock", order))
    with locked(tmp_path / "lock"):
        other.start()
        other.join(0.2)  # long enough to enter, were there no lock
        order.append("first")
    other.join()
    assert order == ["first", "second"]


def enter(path, order: list[str]) -> None:
    with locked(path):
        order.append("second")
