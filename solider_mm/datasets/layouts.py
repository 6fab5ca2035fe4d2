"""Where known data sets keep their person images, and what the names say."""

import re
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "LAYOUTS",
    "Layout",
    "Market1501Name",
    "find_image_folder",
    "market1501_name",
]

_MARKET_1501 = re.compile(r"(?P<identity>-1|\d+)_c(?P<camera>\d+).*\.(?:jpg|jpeg|png)")


class Layout(NamedTuple):
    """How a data set lies on disk.

    Attributes:
        homes: Folders the data set is known by; its own folder is tried last.
        subsets: Folder of the images per subset, relative to the home. The first is
            the default.
        pattern: Regular expression for the file names; ``None`` takes every image.
        junk: Regular expression for names that show no whole person.
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
        pattern=r"im\d+\.(?:jpg|png)",
    ),
    "ccp": Layout(
        homes=("clothing-co-parsing", "ccp"),
        subsets={"train": "photos"},
        pattern=r"\d+\.jpg",
    ),
}
"""The layouts that `PersonImages` knows.

``folder`` is any tree of images. ``market1501`` is also written by our drawn data.
``lspet`` is LSP extended, ``ccp`` the clothing-co-parsing photos.
"""


class Market1501Name(NamedTuple):
    """Identity and camera of a Market-1501 crop.

    Attributes:
        identity: Number of the person; 0 distractor, −1 junk.
        camera: Number of the camera, from 1.
    """

    identity: int
    camera: int


def market1501_name(path: str | Path) -> Market1501Name:
    """Read identity and camera from a file name such as ``0002_c1s1_000451_03.jpg``.

    Raises:
        ValueError: The name follows another rule.
    """
    name = Path(path).name
    match = _MARKET_1501.fullmatch(name)
    if match is None:
        raise ValueError(
            f"file name {name!r} does not tell identity and camera: expected the "
            "Market-1501 form, for example '0002_c1s1_000451_03.jpg'"
        )
    return Market1501Name(int(match["identity"]), int(match["camera"]))


def find_image_folder(data_root: Path, layout: str, subset: str | None) -> Path:
    """Return the folder of a layout's images.

    `data_root` may be the data set's own folder or the folder that holds it.

    Raises:
        ValueError: Unknown layout or subset.
        FileNotFoundError: No such folder.
    """
    if layout not in LAYOUTS:
        raise ValueError(
            f"layout {layout!r} is unknown: expected one of {', '.join(LAYOUTS)}"
        )
    known = LAYOUTS[layout].subsets
    subset = next(iter(known)) if subset is None else subset
    if subset not in known:
        raise ValueError(
            f"subset {subset!r} is unknown for layout {layout!r}: expected one of "
            f"{', '.join(known)}"
        )
    places = [Path(home, known[subset]) for home in (*LAYOUTS[layout].homes, "")]
    for place in places:
        if (data_root / place).is_dir():
            return data_root / place
    tried = ", ".join(str(place) for place in places)
    raise FileNotFoundError(
        f"data_root {str(data_root)!r} has no images of layout {layout!r}: expected "
        f"one of the folders {tried} in it; set SOLIDER_MM_DATA or "
        "train_dataloader.dataset.data_root"
    )
