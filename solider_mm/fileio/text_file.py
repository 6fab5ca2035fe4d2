"""Reading text files of any Unicode encoding."""

import codecs
from pathlib import Path

from solider_mm.fileio.regular_file import read_regular_file

__all__ = ["read_text", "with_forward_slashes"]

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(path: str | Path, *, keep_bytes: bool = False) -> str:
    r"""Read a text file in UTF-8, UTF-16 or UTF-32, with or without a byte-order mark.

    Args:
        path: Path of the file.
        keep_bytes: Whether bytes that are not UTF-8 are kept as surrogates, which
            `os.fsencode` turns back into the same bytes. Use it for lists of paths,
            since file names may have any bytes.

    Returns:
        Text with `\n` at the ends of lines.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If the file is not text, or has another encoding.
    """
    data = read_regular_file(path)
    encoding = _encoding(data)
    errors = "surrogateescape" if keep_bytes and encoding == "utf-8" else "strict"
    try:
        text = data.decode(encoding, errors)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ValueError(
            f"{str(path)!r} is not valid {encoding} (line {line}, byte {error.start}): "
            "expected text in UTF-8; save it again with that encoding, for example by "
            "`iconv -f latin1 -t utf-8`."
        ) from error
    if "\0" in text:
        raise ValueError(
            f"{str(path)!r} is not a text file: expected UTF-8 text, got binary data; "
            "correct the path."
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def with_forward_slashes(path: str) -> str:
    r"""Return a path of a list or table with `/` instead of backslashes.

    Lists written on Windows separate folders this way.

    Args:
        path: Path as written in the file.

    Returns:
        Path for this machine.
    """
    return path.replace("\\", "/")


def _encoding(data: bytes) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    # Without a mark: UTF-16 text in Latin letters has zeros in every second byte.
    start = data[:1000]
    if len(start) >= 2 and b"\0" in start:
        even, odd = start[0::2].count(0), start[1::2].count(0)
        if even == 0 and odd > 0.4 * len(start) / 2:
            return "utf-16-le"
        if odd == 0 and even > 0.4 * len(start) / 2:
            return "utf-16-be"
    return "utf-8"
