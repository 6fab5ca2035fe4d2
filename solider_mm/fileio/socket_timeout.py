"""A time limit for libraries that open connections without one."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["socket_timeout"]


@contextmanager
def socket_timeout(seconds: float) -> Iterator[None]:
    """Close connections that send nothing for some time, for example mmengine's.

    Args:
        seconds: Time without data after which a connection raises `TimeoutError`.
    """
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
