"""Rows of results as a Parquet table."""

from pathlib import Path

from solider_mm.fileio.atomic import atomic_path

__all__ = ["write_row_table"]


def write_row_table(rows: Path) -> Path | None:
    """Write a Parquet file with the columns of a JSON Lines file beside it.

    Args:
        rows: File ending in `.jsonl`, as an inferencer writes it.

    Returns:
        The Parquet file; None if there are no rows.

    Raises:
        ImportError: If pyarrow is missing.
    """
    try:
        from pyarrow import json, parquet  # noqa: PLC0415  optional extra
    except ImportError as error:
        raise ImportError(
            "Parquet needs pyarrow: run `pip install 'solider_mm[parquet]'`, or use "
            "the JSON Lines"
        ) from error
    if not rows.is_file() or not rows.stat().st_size:
        return None
    path = rows.with_suffix(".parquet")
    options = json.ReadOptions(block_size=max(1 << 20, 2 * rows.stat().st_size))
    table = json.read_json(rows, read_options=options)
    with atomic_path(path) as temporary:
        parquet.write_table(table, temporary)
    return path
