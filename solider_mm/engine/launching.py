"""What the command-line tools share: read a config, prepare it, speak one sentence."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from solider_mm.engine.config_check import check_config
from solider_mm.engine.hooks import CollapseError
from solider_mm.version_gate import HOSTS, require_host

TRACEBACK_SWITCH = "SOLIDER_MM_TRACEBACK"
_USER_ERRORS = (
    ValueError,
    TypeError,
    KeyError,
    FileNotFoundError,
    ImportError,
    CollapseError,
)


@contextmanager
def report_user_errors() -> Iterator[None]:
    """Turn a user's error into its sentence and exit code 2.

    With the environment variable `SOLIDER_MM_TRACEBACK=1` the error passes unchanged,
    with its whole traceback.

    Raises:
        SystemExit: With code 2, after the sentence was written to stderr.
    """
    try:
        yield
    except _USER_ERRORS as error:
        if os.environ.get(TRACEBACK_SWITCH) == "1":
            raise
        words = error.args[0] if isinstance(error, KeyError) and error.args else error
        sys.stderr.write(
            f"{type(error).__name__}: {words}\n"
            f"(Set {TRACEBACK_SWITCH}=1 to see where it was raised.)\n"
        )
        raise SystemExit(2) from None


def load_config(path: str, overrides: dict[str, object] | None = None) -> Config:
    """Read a config file, apply overrides and check every component's keys.

    Args:
        path: The config file.
        overrides: Values by dotted key, as `--cfg-options` gives them.

    Returns:
        The config, not yet used for anything.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: A component has a key that its type does not take.
        ImportError: The config is for a host that is not installed.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"the config is {path!r}, but there is no such file: give the path of a "
            "config, for example one under configs/pretrain."
        )
    cfg = Config.fromfile(path)
    if overrides:
        cfg.merge_from_dict(overrides)
    require_hosts(cfg)
    check_config(cfg)
    return cfg


def read_overrides(words: list[str]) -> dict[str, object]:
    """Parse the words after `--cfg-options` by mmengine's rules.

    Args:
        words: For example `['train_cfg.max_iters=2', 'a.b=[1,2]']`.

    Returns:
        Values by dotted key.

    Raises:
        ValueError: A word has no `=`.
    """
    for word in words:
        if "=" not in word:
            raise ValueError(
                f"--cfg-options has {word!r}, expected KEY=VALUE: write for example "
                "train_dataloader.batch_size=16, without spaces around the sign."
            )
    parser = ArgumentParser()
    parser.add_argument("--cfg-options", nargs="+", action=DictAction, default={})
    options = parser.parse_args(["--cfg-options", *words] if words else [])
    return dict(options.cfg_options)


def set_work_dir(cfg: Config, path: str | None, config_path: str) -> None:
    """Choose the work directory: the option, else the config's, else by its name."""
    if path is not None:
        cfg.work_dir = path
    elif cfg.get("work_dir") is None:
        cfg.work_dir = str(Path("work_dirs") / Path(config_path).stem)


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


def set_auto_scale_lr(cfg: Config) -> None:
    """Scale the learning rate with the real total batch size.

    Raises:
        ValueError: The config does not say which batch size its rate was made for.
    """
    if "base_batch_size" not in (cfg.get("auto_scale_lr") or {}):
        raise ValueError(
            "--auto-scale-lr needs auto_scale_lr=dict(base_batch_size=...) in the "
            "config, which has none: add it, or leave the option out."
        )
    cfg.auto_scale_lr.enable = True


def set_checkpoint(cfg: Config, path: str) -> None:
    """Name the checkpoint to evaluate.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The config has no test set.
    """
    require_checkpoint(path)
    if cfg.get("test_dataloader") is None:
        raise ValueError(
            "the config has no test_dataloader, so there is nothing to evaluate: "
            "pretraining is judged by its downstream tasks, use one of their configs."
        )
    cfg.load_from = path


def require_checkpoint(path: str) -> None:
    """Refuse the path of a checkpoint that is not there.

    Raises:
        FileNotFoundError: There is no such file.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"the checkpoint is {path!r}, but there is no such file: give the path of "
            "one that training has written."
        )


def require_hosts(cfg: Config) -> None:
    """Refuse a config whose host is not installed, before its types look misspelled.

    Raises:
        ImportError: The config's scope, or the prefix of a type, is mmdet, mmseg or
            mmpose, and that is missing or has no compiled ops.
    """
    words = str(cfg.to_dict())
    for host in HOSTS:
        if cfg.get("default_scope") == host or f"'type': '{host}." in words:
            require_host(host)


def build_runner(cfg: Config) -> Runner:
    """Build the runner that the config asks for, mmengine's by default.

    Raises:
        FileNotFoundError: `load_from` names a file that does not exist.
    """
    weights = cfg.get("load_from")
    if weights and "://" not in weights and not Path(weights).is_file():
        raise FileNotFoundError(
            f"load_from is {weights!r}, but there is no such file: train the stage "
            "that writes it first, or give --cfg-options load_from=FILE."
        )
    if cfg.get("runner_type") is None:
        return Runner.from_cfg(cfg)
    return RUNNERS.build(cfg)


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
