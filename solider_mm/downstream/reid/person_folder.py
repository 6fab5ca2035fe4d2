"""Own person crops, from folders with a name pattern or from a CSV."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solider_mm.downstream.reid.base_dataset import ReIDBaseDataset
from solider_mm.downstream.reid.crops import (
    JUNK,
    PARTS,
    UNKNOWN_CAMERA,
    UNLABELED,
    Crop,
    list_images,
    require_files,
)
from solider_mm.fileio.text_file import read_text, with_forward_slashes
from solider_mm.registry import DATASETS

__all__ = ["PersonFolder"]

_GROUPS = ("person_id", "camera_id")
_COLUMNS = ("path", *_GROUPS, "split")


@dataclass(frozen=True)
class _Entry:
    """A crop with identity and camera as written by the user; empty if unknown."""

    path: Path
    person: str
    camera: str


@DATASETS.register_module()
class PersonFolder(ReIDBaseDataset):
    r"""Person crops with identities and cameras from names or from a CSV.

    Either a regular expression with the groups `person_id` and `camera_id` reads them
    from the names: `pattern=r"(?P<person_id>\d+)_cam(?P<camera_id>\d+)_.*"` reads
    `0012_cam3_000451.jpg`. It must match the whole path of the image below the folder
    of its part, so it can use folder names: `(?P<person_id>[^/]+)/c(?P<camera_id>\d).*`
    reads `anna/c2_17.png`.

    Or a CSV has the columns `path` (relative to `data_root`), `person_id`, `camera_id`
    and `split` (`train`, `query` or `gallery`); other columns are ignored.

    Identities are numbers or names; names are numbered in alphabetical order. Identity
    `-1` is junk and removed. Cameras are numbered from 0 in ascending order. `metainfo`
    has the original `identity_names` and `camera_names` by number.

    Query and gallery images may lack identity and camera (empty cells, or groups that
    are absent from the pattern or do not take part in the match), to search a gallery
    without labels. They count in no metric.

    Args:
        data_root: Folder of the images.
        pattern: Regular expression for the names.
        csv_file: CSV file, relative to `data_root` or absolute. Pass either `pattern`
            or `csv_file`.
        folders: Folder of each part, relative to `data_root`, used with a pattern;
            default: `train`, `query` and `gallery`.
        **kwargs: Arguments of `ReIDBaseDataset`: `split`, `pipeline` and so on.

    Raises:
        FileNotFoundError: If a folder, the CSV or an image does not exist.
        ValueError: If both or none of `pattern` and `csv_file` are given, the pattern
            has no required group, a name does not match, or the CSV lacks a column or
            has an invalid line.

    Source:
        No counterpart in the official code.
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
                "of them as the source of the identities"
            )
        needs_labels = kwargs.get("split", "train") == "train"
        self.pattern = None if pattern is None else _compiled(pattern, needs_labels)
        self.csv_file = csv_file
        self.folders = {part: part for part in PARTS} | dict(folders or {})
        if set(self.folders) != set(PARTS):
            raise ValueError(
                f"folders={dict(folders or {})!r}: expected only the keys "
                f"{', '.join(PARTS)}"
            )
        super().__init__(data_root=data_root, **kwargs)

    def read_parts(self, parts: Sequence[str]) -> dict[str, list[Crop]]:
        """List the crops of some parts.

        Args:
            parts: Names out of `train`, `query` and `gallery`.

        Returns:
            Crops of each part.

        Raises:
            FileNotFoundError: If a folder, the CSV or an image does not exist.
            ValueError: If a name or a line is invalid.
        """
        if self.pattern is None:
            entries = _read_csv(Path(self.data_root), str(self.csv_file))
        else:
            entries = {
                part: _read_folder(Path(self.data_root, folder), self.pattern, part)
                for part, folder in self.folders.items()
                if part in parts
            }
        everything = [entry for part in entries.values() for entry in part]
        people = _person_numbers(entry.person for entry in everything)
        cameras = _camera_numbers(entry.camera for entry in everything)
        self._metainfo["identity_names"] = _names(people)
        self._metainfo["camera_names"] = _names(cameras)
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


def _compiled(pattern: str, needs_labels: bool) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(
            f"pattern {pattern!r} is not a regular expression: {error}"
        ) from error
    absent = [group for group in _GROUPS if group not in compiled.groupindex]
    if absent and needs_labels:
        raise ValueError(
            f"pattern {pattern!r} has no group {' and '.join(absent)}: expected named "
            r"groups, for example '(?P<person_id>\d+)_c(?P<camera_id>\d+).*'"
        )
    return compiled


def _read_folder(folder: Path, pattern: re.Pattern[str], part: str) -> list[_Entry]:
    entries = []
    for name in list_images(folder):
        match = pattern.fullmatch(name)
        found = match.groupdict("") if match else {}
        person, camera = (found.get(group, "") for group in _GROUPS)
        if match is None or (part == "train" and not (person and camera)):
            raise ValueError(
                f"{name!r} in {str(folder)!r} has no identity and camera: expected "
                f"names that match {pattern.pattern!r}; correct the pattern or remove "
                "the file"
            )
        entries.append(_Entry(folder / name, person, camera))
    return entries


def _read_csv(root: Path, name: str) -> dict[str, list[_Entry]]:
    file = root / name
    if not file.is_file():
        raise FileNotFoundError(
            f"csv_file {str(file)!r} does not exist: expected a CSV with the columns "
            f"{', '.join(_COLUMNS)}; check data_root and csv_file"
        )
    entries: dict[str, list[_Entry]] = {part: [] for part in PARTS}
    rows = csv.DictReader(read_text(file).splitlines())
    absent = set(_COLUMNS) - set(rows.fieldnames or ())
    if absent:
        raise ValueError(
            f"{str(file)!r} has no column {', '.join(sorted(absent))}: expected "
            f"{', '.join(_COLUMNS)} in its first line, separated by commas"
        )
    for row in rows:
        values = [(row[column] or "").strip() for column in _COLUMNS]
        path, person, camera, part = values
        if part not in PARTS or not path or (part == "train" and not all(values)):
            raise ValueError(
                f"line {rows.line_num} of {str(file)!r} is {','.join(values)!r}: "
                f"expected {', '.join(_COLUMNS)} with a split of {', '.join(PARTS)}; "
                "only query and gallery may lack person_id and camera_id"
            )
        entries[part].append(_Entry(root / with_forward_slashes(path), person, camera))
    return entries


def _person_numbers(names: Iterable[str]) -> dict[str, int]:
    """Use numbers as they are and number names; junk and unlabeled are special."""
    special = {str(JUNK): JUNK, "": UNLABELED}
    ordered = sorted(set(names) - set(special))
    if all(name.isdecimal() for name in ordered):
        numbers = {name: int(name) for name in ordered}
    else:
        numbers = {name: number for number, name in enumerate(ordered)}
    return numbers | special


def _camera_numbers(names: Iterable[str]) -> dict[str, int]:
    """Number cameras from 0, numbers by value and names alphabetically."""
    cameras = set(names) - {""}
    if all(name.isdecimal() for name in cameras):
        values = sorted({int(name) for name in cameras})
        numbers = {name: values.index(int(name)) for name in cameras}
    else:
        numbers = {name: number for number, name in enumerate(sorted(cameras))}
    return numbers | {"": UNKNOWN_CAMERA}


def _names(numbers: Mapping[str, int]) -> dict[int, str]:
    return {number: name for name, number in numbers.items() if number >= 0}
