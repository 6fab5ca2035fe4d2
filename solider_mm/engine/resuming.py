"""Find the checkpoint from which an interrupted run continues."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.logging import print_log

from solider_mm.checkpoints import load_any
from solider_mm.checkpoints.safe_loading import load_file

__all__ = ["find_checkpoint", "how_to_resume", "set_resume"]

_POINTER = "last_checkpoint"
_PARTS = ("meta", "state_dict", "optimizer")


@dataclass(frozen=True)
class _Candidate:
    """A checkpoint that a run could continue from, as far as its index shows."""

    path: Path
    iteration: int
    is_named: bool  # by the file `last_checkpoint`

    @property
    def rank(self) -> tuple[int, bool, float]:
        """Order of preference; the highest comes first."""
        return self.iteration, self.is_named, self.path.stat().st_mtime


def find_checkpoint(work_dir: Path) -> Path | None:
    """Find the newest complete checkpoint of a run.

    The file `last_checkpoint` may be missing, damaged, or name a file that was moved or
    written incompletely. Therefore all checkpoints in the folder are considered, by
    their iteration. The log names the one that was chosen and the ones that were not.

    Args:
        work_dir: Work directory of the run.

    Returns:
        The checkpoint; None if the run has not written any.

    Raises:
        ValueError: If there are checkpoints, but none is complete.
    """
    named = _named_by_pointer(work_dir)
    files = sorted(work_dir.glob("*.pth")) if work_dir.is_dir() else []
    if named is not None and named.is_file() and named not in files:
        files.append(named)
    candidates, refused = [], []
    for path in files:
        if path.name.startswith("best_"):  # holds weights only
            continue
        try:
            candidates.append(_Candidate(path, _iteration(path), path == named))
        except ValueError as error:
            refused.append(str(error))
    for candidate in sorted(candidates, key=lambda c: c.rank, reverse=True):
        try:
            load_any(str(candidate.path))
        except ValueError as error:
            refused.append(str(error))
            continue
        _log_choice(candidate, refused)
        return candidate.path
    if refused:
        raise ValueError(
            f"{work_dir} holds no complete checkpoint to resume from: "
            + "; ".join(refused)
        )
    return None


def _named_by_pointer(work_dir: Path) -> Path | None:
    """Read `last_checkpoint`; a file of that name in the folder comes first."""
    pointer = work_dir / _POINTER
    if not pointer.is_file():
        return None
    text = pointer.read_bytes().decode("utf-8", errors="replace").strip()
    name = Path(text).name
    if not name or "\0" in text or len(text) > 4096:
        return None
    here = work_dir / name
    return here if here.is_file() else Path(text)


def _iteration(path: Path) -> int:
    """Read the iteration of a checkpoint without its tensors.

    Raises:
        ValueError: If the file is no complete checkpoint of a run.
    """
    content: Any = load_file(path, lazy=True)
    if not isinstance(content, dict) or any(part not in content for part in _PARTS):
        raise ValueError(
            f"{path} has no optimizer state, so no run can continue from it; use it as "
            "load_from"
        )
    return int(content["meta"].get("iter", 0))


def _log_choice(candidate: _Candidate, refused: list[str]) -> None:
    text = f"Resume from {candidate.path} (iteration {candidate.iteration})."
    if refused:
        text += f" Not used: {'; '.join(refused)}."
    level = logging.INFO if candidate.is_named and not refused else logging.WARNING
    print_log(text, logger="current", level=level)


def set_resume(cfg: Config, resume: str | None) -> None:
    """Continue a run from its newest checkpoint ('auto') or from a given file.

    Raises:
        FileNotFoundError: If the given file does not exist.
        ValueError: If the run has checkpoints, but none is complete.
    """
    if resume is None:
        return
    if resume == "auto":
        found = find_checkpoint(Path(cfg.work_dir))
        if found is None:
            print_log(
                f"{cfg.work_dir} holds no checkpoint: training starts from the "
                "beginning.",
                logger="current",
                level=logging.WARNING,
            )
            return
        resume = str(found)
    elif not Path(resume).is_file():
        raise FileNotFoundError(
            f"--resume is {resume!r}, but there is no such file: give a checkpoint, or "
            "--resume alone for the last one in the work directory."
        )
    cfg.resume = True
    cfg.load_from = resume


def how_to_resume(work_dir: str, command: list[str]) -> str:
    """Describe, after an interruption, what was saved and how to continue.

    Args:
        work_dir: Work directory of the run.
        command: Words of the interrupted command.

    Returns:
        Two lines for the terminal.
    """
    pointer = Path(work_dir) / _POINTER
    if not pointer.is_file():
        return (
            f"Interrupted before the first checkpoint; logs are in {work_dir}.\n"
            "Start again with the same command."
        )
    words = list(command)
    while "--resume" in words:
        place = words.index("--resume")
        has_value = place + 1 < len(words) and not words[place + 1].startswith("-")
        del words[place : place + 1 + has_value]
    words = [word for word in words if not word.startswith("--resume=")]
    return (
        f"Interrupted. The last checkpoint is {pointer.read_text().strip()}.\n"
        f"Continue with: {' '.join([*words, '--resume'])}"
    )
