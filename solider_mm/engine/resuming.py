"""Resume interrupted runs."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config

__all__ = ["how_to_resume", "set_resume"]


def set_resume(cfg: Config, resume: str | None) -> None:
    """Continue a run from its last checkpoint (`auto`) or from a given file.

    Raises:
        FileNotFoundError: The given file does not exist.
    """
    if resume is None:
        return
    if resume != "auto" and not Path(resume).is_file():
        raise FileNotFoundError(
            f"--resume is {resume!r}, but there is no such file: give a checkpoint, or "
            "--resume alone for the last one in the work directory."
        )
    cfg.resume = True
    cfg.load_from = None if resume == "auto" else resume


def how_to_resume(work_dir: str, command: list[str]) -> str:
    """Tell, after an interruption, what was saved and how to go on.

    Args:
        work_dir: The run's work directory.
        command: The words of the command that was interrupted.

    Returns:
        Two lines for the terminal.
    """
    pointer = Path(work_dir) / "last_checkpoint"
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
        f"Go on from there with: {' '.join([*words, '--resume'])}"
    )
