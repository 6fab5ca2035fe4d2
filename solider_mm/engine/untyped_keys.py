"""Check the keys of the parts of a config that need no `type`."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from mmengine.runner import (
    EpochBasedTrainLoop,
    IterBasedTrainLoop,
    Runner,
    TestLoop,
    ValLoop,
)
from torch.utils.data import DataLoader

__all__ = ["untyped_problems"]

_LOADERS = ("train_dataloader", "val_dataloader", "test_dataloader")
_TAKEN_FROM_LOADERS = {"num_batch_per_epoch"}
_ENVIRONMENT = {"cudnn_benchmark", "mp_cfg", "dist_cfg", "resource_limit"}


def untyped_problems(cfg: Mapping[str, Any]) -> Iterator[str]:
    """Compare keys with the signatures that mmengine's runner uses.

    Args:
        cfg: Plain content of a config.

    Yields:
        One sentence per key that nothing reads.
    """
    loops = {
        "train_cfg": _train_loop(cfg.get("train_cfg")),
        "val_cfg": ValLoop,
        "test_cfg": TestLoop,
    }
    for name, loop in loops.items():
        known = _arguments(loop) - {"runner", "dataloader", "evaluator"}
        yield from _wrong_keys(cfg, name, known | {"by_epoch"})
    for name in _LOADERS:
        yield from _wrong_keys(cfg, name, _arguments(DataLoader) | _TAKEN_FROM_LOADERS)
    yield from _wrong_keys(cfg, "randomness", _arguments(Runner.set_randomness))
    yield from _wrong_keys(cfg, "env_cfg", _ENVIRONMENT)
    yield from _hooks_without_type(cfg.get("default_hooks"))


def _train_loop(train_cfg: object) -> type:
    given = train_cfg if isinstance(train_cfg, Mapping) else {}
    return EpochBasedTrainLoop if given.get("by_epoch", True) else IterBasedTrainLoop


def _arguments(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters) - {"self"}


def _wrong_keys(cfg: Mapping[str, Any], name: str, known: set[str]) -> Iterator[str]:
    part = cfg.get(name)
    if not isinstance(part, Mapping) or "type" in part:
        return
    for key in sorted(set(map(str, part)) - known - {"_scope_", "_delete_"}):
        yield (
            f"{name} takes no key {key!r}{_near(key, known)}; it takes "
            f"{', '.join(sorted(known))}: correct or remove the key."
        )


def _hooks_without_type(hooks: object) -> Iterator[str]:
    named = hooks if isinstance(hooks, Mapping) else {}
    known = {key for key, hook in named.items() if hook and "type" in hook}
    for key, hook in named.items():
        if isinstance(hook, Mapping) and "type" not in hook:
            yield (
                f"default_hooks.{key} has no type{_near(str(key), known)}; correct the "
                "name, or add the type of a hook."
            )


def _near(word: str, known: set[str]) -> str:
    near = difflib.get_close_matches(word, sorted(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
