"""Write matplotlib figures."""

from pathlib import Path

from matplotlib.figure import Figure

from solider_mm.fileio.atomic import atomic_path

__all__ = ["write_figure"]


def write_figure(figure: Figure, path: str | Path, dpi: int | None = None) -> Path:
    """Write a figure atomically, in the format of the path's suffix.

    Args:
        figure: Figure to write.
        path: Path of the file, for example `curves.png`. Missing folders are created.
        dpi: Dots per inch; `None` takes the figure's own.

    Returns:
        The path.

    Raises:
        ValueError: If the suffix is missing or unknown.
    """
    path = Path(path)
    known = figure.canvas.get_supported_filetypes()
    if path.suffix[1:].lower() not in known:
        raise ValueError(
            f"{str(path)!r} has the suffix {path.suffix!r}: expected one of "
            f"{', '.join(known)}; add .png or .pdf to the name."
        )
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=dpi or "figure")
    return path
