"""Folder layouts and file names of known data sets."""

import re
from pathlib import Path
from typing import NamedTuple

from solider_mm.fileio.images import IMAGE_SUFFIX_PATTERN

__all__ = [
    "LAYOUTS",
    "Layout",
    "Market1501Name",
    "find_image_folder",
    "market1501_name",
]

_MARKET_1501 = re.compile(
    r"(?P<identity>-1|\d+)_c(?P<camera>\d+).*" + IMAGE_SUFFIX_PATTERN
)


class Layout(NamedTuple):
    """Folder layout of a data set.

    Attributes:
        homes: Common names of the data set's folder; the given folder is tried last.
        subsets: Image folder of each subset, relative to the data set's folder. The
            first is the default.
        pattern: Regular expression for file names; `None` takes every image.
        junk: Regular expression for names of images without a complete person.
    """

    homes: tuple[str, ...] = ()
    subsets: dict[str, str] = {"train": ""}  # noqa: RUF012  (read only)
    pattern: str | None = None
    junk: str | None = None


LAYOUTS = {
    "folder": Layout(),
    "luperson": Layout(homes=("LUPerson", "luperson", "lup")),
    "market1501": Layout(
        homes=("market1501", "Market-1501-v15.09.15", "Market-1501"),
        subsets={
            "train": "bounding_box_train",
            "query": "query",
            "test": "bounding_box_test",
        },
        pattern=_MARKET_1501.pattern,
        junk=r"-1_.*",
    ),
    "lspet": Layout(
        homes=("lspet", "hr-lspet", "lspet_dataset"),
        subsets={"train": "images"},
        pattern=r"im\d+" + IMAGE_SUFFIX_PATTERN,
    ),
    "ccp": Layout(
        homes=("clothing-co-parsing", "ccp"),
        subsets={"train": "photos"},
        pattern=r"\d+" + IMAGE_SUFFIX_PATTERN,
    ),
}
"""Layouts that `PersonImages` knows.

`folder` is any tree of images. `market1501` is also the layout of synthetic data.
`lspet` is LSP extended, `ccp` the clothing-co-parsing photos.
"""


class Market1501Name(NamedTuple):
    """Identity and camera of a Market-1501 crop.

    Attributes:
        identity: Number of the person; 0 is a distractor, −1 junk.
        camera: Number of the camera, from 1.
    """

    identity: int
    camera: int


def market1501_name(path: str | Path) -> Market1501Name:
    """Parse identity and camera from a name such as `0002_c1s1_000451_03.jpg`.

    Args:
        path: File name or path.

    Returns:
        Identity and camera.

    Raises:
        ValueError: If the name has another form.
    """
    name = Path(path).name
    match = _MARKET_1501.fullmatch(name)
    if match is None:
        raise ValueError(
            f"file name {name!r} does not contain identity and camera: expected the "
            "Market-1501 form; rename it, for example to '0002_c1s1_000451_03.jpg'."
        )
    return Market1501Name(int(match["identity"]), int(match["camera"]))


def find_image_folder(data_root: Path, layout: str, subset: str | None) -> Path:
    """Return the folder of a layout's images.

    Args:
        data_root: Folder of the data set or its parent.
        layout: Name of the layout, see `LAYOUTS`.
        subset: Subset of the layout; `None` is the first.

    Returns:
        Folder of the images.

    Raises:
        ValueError: If the layout or the subset is unknown.
        FileNotFoundError: If no such folder exists.
    """
    if layout not in LAYOUTS:
        raise ValueError(
            f"layout {layout!r} is unknown: expected one of {', '.join(LAYOUTS)}."
        )
    known = LAYOUTS[layout].subsets
    subset = next(iter(known)) if subset is None else subset
    if subset not in known:
        raise ValueError(
            f"subset {subset!r} is unknown for layout {layout!r}: expected one of "
            f"{', '.join(known)}."
        )
    folders = [Path(home, known[subset]) for home in (*LAYOUTS[layout].homes, "")]
    for folder in folders:
        if (data_root / folder).is_dir():
            return data_root / folder
    tried = ", ".join(map(str, folders))
    raise FileNotFoundError(
        f"data_root {str(data_root)!r} has no images of layout {layout!r}: expected "
        f"one of the folders {tried} in it; correct data_root (in a "
        "config: SOLIDER_MM_DATA or train_dataloader.dataset.data_root)."
    )
