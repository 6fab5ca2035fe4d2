"""Read a config, prepare it from the command line, and build its runner."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from solider_mm.checkpoints import local_path
from solider_mm.engine.config_check import check_config
from solider_mm.engine.overrides import apply_overrides
from solider_mm.engine.quiet_runner import QuietRunner
from solider_mm.user_errors import report_user_errors
from solider_mm.version_gate import HOSTS, require_host

__all__ = [
    "build_runner",
    "load_config",
    "read_overrides",
    "report_user_errors",
    "require_batches",
    "require_checkpoint",
    "require_hosts",
    "set_auto_scale_lr",
    "set_checkpoint",
    "set_work_dir",
]


def load_config(path: str, overrides: dict[str, object] | None = None) -> Config:
    """Read a config file, apply overrides and check the keys of all components.

    Args:
        path: Config file.
        overrides: Values by dotted key, as `--cfg-options` gives them.

    Returns:
        The config.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a component has a key that its type does not accept, or an
            override has no effect.
        ImportError: If the config needs a host that is not installed.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"the config is {path!r}, but there is no such file: give the path of a "
            "config, for example one under configs/pretrain."
        )
    cfg = apply_overrides(Config.fromfile(path), overrides or {})
    require_hosts(cfg)
    check_config(cfg)
    return cfg


def read_overrides(words: list[str]) -> dict[str, object]:
    """Parse the words after `--cfg-options` by mmengine's rules.

    Args:
        words: Options, for example `['train_cfg.max_iters=2', 'a.b=[1,2]']`.

    Returns:
        Values by dotted key.

    Raises:
        ValueError: If a word has no `=`.
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
    """Choose the work directory: the option, the config's, or one by its name."""
    if path is not None:
        cfg.work_dir = path
    elif cfg.get("work_dir") is None:
        cfg.work_dir = str(Path("work_dirs") / Path(config_path).stem)


def set_auto_scale_lr(cfg: Config) -> None:
    """Scale the learning rate with the total batch size.

    Raises:
        ValueError: If the config has no base batch size for its learning rate.
    """
    if "base_batch_size" not in (cfg.get("auto_scale_lr") or {}):
        raise ValueError(
            "--auto-scale-lr needs auto_scale_lr=dict(base_batch_size=...) in the "
            "config, which has none: add it, or leave the option out."
        )
    cfg.auto_scale_lr.enable = True


def set_checkpoint(cfg: Config, path: str) -> None:
    """Set the checkpoint to evaluate.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the config has no test set.
    """
    require_checkpoint(path)
    if cfg.get("test_dataloader") is None:
        raise ValueError(
            "the config has no test_dataloader, so there is nothing to evaluate: "
            "pretraining is judged by its downstream tasks, use one of their configs."
        )
    cfg.load_from = path


def require_checkpoint(path: str) -> None:
    """Check that a checkpoint exists.

    Raises:
        FileNotFoundError: If there is no such file.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"the checkpoint is {path!r}, but there is no such file: give the path of "
            "one that training has written."
        )


def require_batches(runner: Runner) -> None:
    """Check that the training data give at least one batch.

    Raises:
        ValueError: If there are fewer samples than a batch and incomplete batches are
            dropped.
    """
    loader = runner.train_dataloader
    if len(loader) == 0:
        raise ValueError(
            f"the training set has {len(loader.dataset)} samples, fewer than a batch "
            f"of {loader.batch_size}, expected at least one batch per epoch and "
            "process: lower train_dataloader.batch_size, add data, or set "
            "train_dataloader.drop_last=False."
        )


def require_hosts(cfg: Config) -> None:
    """Check that the hosts of a config are installed, before its types are looked up.

    Raises:
        ImportError: If the config's scope, or the prefix of a type, is a host that is
            missing or has no compiled ops.
    """
    words = str(cfg.to_dict())
    for host in HOSTS:
        if cfg.get("default_scope") == host or f"'type': '{host}." in words:
            require_host(host)


def build_runner(cfg: Config) -> Runner:
    """Build the runner of a config, mmengine's by default.

    Raises:
        FileNotFoundError: If `load_from` is a file that does not exist.
    """
    weights = cfg.get("load_from")
    if weights and "://" not in weights and not local_path(weights).is_file():
        raise FileNotFoundError(
            f"load_from is {weights!r}, but there is no such file: train the stage "
            "that writes it first, or give --cfg-options load_from=FILE."
        )
    if cfg.get("runner_type") is None:
        return QuietRunner.from_cfg(cfg)
    return RUNNERS.build(cfg)
