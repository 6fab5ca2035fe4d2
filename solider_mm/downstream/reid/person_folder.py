"""Users' own person crops: from folders with telling names, or from a CSV."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from solider_mm.downstream.reid.base_dataset import ReIDBaseDataset
from solider_mm.downstream.reid.crops import (
    JUNK,
    PARTS,
    Crop,
    list_images,
    require_files,
)
from solider_mm.registry import DATASETS

__all__ = ["PersonFolder"]

_GROUPS = ("person_id", "camera_id")
_COLUMNS = ("path", *_GROUPS, "split")


class _Entry(NamedTuple):
    """A crop with identity and camera as the user writes them."""

    path: Path
    person: str
    camera: str


@DATASETS.register_module()
class PersonFolder(ReIDBaseDataset):
    r"""Any person crops with known identities and cameras.

    Either the names tell them, by a regular expression with the groups `person_id`
    and `camera_id`: `pattern=r"(?P<person_id>\d+)_cam(?P<camera_id>\d+)_.*"` reads
    `0012_cam3_000451.jpg`. It must match the whole path of the image below the folder
    of its part, so folders may tell as well: `(?P<person_id>[^/]+)/c(?P<camera_id>\d)
    .*` reads `anna/c2_17.png`. Nothing above that folder is looked at.

    Or a CSV does, with the columns `path` (relative to `data_root`), `person_id`,
    `camera_id` and `split` (`train`, `query` or `gallery`); others are
    ignored.

    Identities are numbers or names: names are numbered in alphabetical order. Identity
    `-1` is junk and left out. Cameras are numbered from 0 in their order.

    Args:
        data_root: Folder of the images.
        pattern: Regular expression for the names.
        csv_file: The CSV, relative to `data_root` or absolute. Give one of the two.
        folders: Folder of each part, relative to `data_root`, if there is a pattern;
            by default `train`, `query` and `gallery`.
        **kwargs: Arguments of `ReIDBaseDataset`: `split`, `pipeline` and so on.

    Raises:
        FileNotFoundError: A folder, the CSV or an image does not exist.
        ValueError: Both or none of `pattern` and `csv_file`; a pattern without the
            groups; a name that does not match; a CSV without a column or with an
            impossible line.

    Source:
        No counterpart in the reference.
    """

    def __init__(
        self,
        *,
        data_root: str | Path,
        pattern: str | None = None,
        csv_file: str | None = None,
        folders: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        if (pattern is None) == (csv_file is None):
            raise ValueError(
                f"pattern={pattern!r} and csv_file={csv_file!r}: expected exactly one "
                "of them to say who is on an image"
            )
        self.pattern = None if pattern is None else _compiled(pattern)
        self.csv_file = csv_file
        self.folders = {part: part for part in PARTS} | dict(folders or {})
        if set(self.folders) != set(PARTS):
            raise ValueError(
                f"folders={dict(folders or {})!r}: expected only the keys "
                f"{', '.join(PARTS)}"
            )
        super().__init__(data_root=data_root, **kwargs)

    def read_parts(self, parts: Sequence[str]) -> dict[str, list[Crop]]:
        """List the crops of parts.

        Raises:
            FileNotFoundError: See the class.
            ValueError: See the class.
        """
        if self.pattern is None:
            entries = _read_csv(Path(self.data_root), str(self.csv_file))
        else:
            entries = {
                part: _read_folder(
                    Path(self.data_root, self.folders[part]), self.pattern
                )
                for part in parts
            }
        everything = [entry for part in entries.values() for entry in part]
        people = _person_numbers(entry.person for entry in everything)
        cameras = _camera_numbers(entry.camera for entry in everything)
        crops = {
            part: [
                Crop(entry.path, people[entry.person], cameras[entry.camera])
                for entry in entries[part]
            ]
            for part in parts
        }
        if self.csv_file is not None:
            for part in crops.values():
                require_files(part, Path(self.data_root, self.csv_file))
        return crops


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(
            f"pattern {pattern!r} is no regular expression: {error}"
        ) from error
    absent = [group for group in _GROUPS if group not in compiled.groupindex]
    if absent:
        raise ValueError(
            f"pattern {pattern!r} has no group {' and '.join(absent)}: expected named "
            r"groups, for example '(?P<person_id>\d+)_c(?P<camera_id>\d+).*'"
        )
    return compiled


def _read_folder(folder: Path, pattern: re.Pattern[str]) -> list[_Entry]:
    entries = []
    for name in list_images(folder):
        match = pattern.fullmatch(name)
        if match is None or not all(match[group] for group in _GROUPS):
            raise ValueError(
                f"{name!r} in {str(folder)!r} does not tell identity and camera: "
                f"expected names that match {pattern.pattern!r}; correct the pattern "
                "or take the file out"
            )
        entries.append(_Entry(folder / name, match["person_id"], match["camera_id"]))
    return entries


def _read_csv(root: Path, name: str) -> dict[str, list[_Entry]]:
    file = root / name
    if not file.is_file():
        raise FileNotFoundError(
            f"csv_file {str(file)!r} does not exist: expected a CSV with the columns "
            f"{', '.join(_COLUMNS)}; check data_root and csv_file"
        )
    entries: dict[str, list[_Entry]] = {part: [] for part in PARTS}
    rows = csv.DictReader(_text(file).splitlines())
    absent = set(_COLUMNS) - set(rows.fieldnames or ())
    if absent:
        raise ValueError(
            f"{str(file)!r} has no column {', '.join(sorted(absent))}: expected "
            f"{', '.join(_COLUMNS)} in its first line, separated by commas"
        )
    for row in rows:
        values = [(row[column] or "").strip() for column in _COLUMNS]
        path, person, camera, part = values
        if part not in PARTS or not all(values):
            raise ValueError(
                f"line {rows.line_num} of {str(file)!r} is {','.join(values)!r}: "
                f"expected {', '.join(_COLUMNS)} with a split of {', '.join(PARTS)}"
            )
        entries[part].append(_Entry(root / path, person, camera))
    return entries


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{str(file)!r} is not UTF-8 ({error.reason} at byte {error.start}): "
            "expected a CSV in UTF-8; save it again with that encoding"
        ) from error


def _person_numbers(names: Iterable[str]) -> dict[str, int]:
    """Take numbers as they are, and number names; junk stays junk."""
    junk = str(JUNK)
    people = set(names)
    ordered = sorted(people - {junk})
    if all(name.isdecimal() for name in ordered):
        numbers = {name: int(name) for name in ordered}
    else:
        numbers = {name: number for number, name in enumerate(ordered)}
    return numbers | {junk: JUNK}


def _camera_numbers(names: Iterable[str]) -> dict[str, int]:
    """Number cameras from 0, numbers by value and names by alphabet."""
    cameras = set(names)
    if not all(name.isdecimal() for name in cameras):
        return {name: number for number, name in enumerate(sorted(cameras))}
    values = sorted({int(name) for name in cameras})
    return {name: values.index(int(name)) for name in cameras}
