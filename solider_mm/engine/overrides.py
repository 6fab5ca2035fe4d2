"""Apply `--cfg-options` to a config, including options that set its variables.

mmengine merges options after the config text was evaluated. A top-level variable such
as `semantic_weight = 0.2` has been read by then, so setting it would change nothing.
Here the text is evaluated again with the new value of the variable.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from mmengine.config import Config
from mmengine.runner import Runner

from solider_mm.engine.config_evaluation import evaluate_again

__all__ = ["READ_KEYS", "RUNNER_KEYS", "apply_overrides", "plain_dict"]

# The top-level keys of a config that become components; the others are its variables.
RUNNER_KEYS = frozenset(inspect.signature(Runner.__init__).parameters) - {"self", "cfg"}
# Keys that mmengine and the tools read beside them.
READ_KEYS = RUNNER_KEYS | {
    "activation_checkpointing",
    "compile",
    "custom_imports",
    "efficient_conv_bn_eval",
    "find_unused_parameters",
    "model_wrapper_cfg",
    "runner_type",
    "sync_bn",
    "tta_model",
    "tta_pipeline",
}
_MAX_SUGGESTIONS = 3


def apply_overrides(cfg: Config, overrides: Mapping[str, object]) -> Config:
    """Apply options to a config that was read from a file.

    Args:
        cfg: Config, as `mmengine.config.Config.fromfile` reads it.
        overrides: Values by dotted key, as `--cfg-options` gives them.

    Returns:
        The changed config.

    Raises:
        ValueError: If an option would have no effect, because nothing reads its first
            key. The message suggests keys that are read.
    """
    direct: dict[str, object] = {}
    variables: dict[str, object] = {}
    for key, value in overrides.items():
        name = key.split(".", 1)[0]
        if name in READ_KEYS:
            direct[key] = value
        elif name in cfg:
            cfg = _set_variable(cfg, variables, key, value)
        else:
            raise ValueError(
                f"--cfg-options has {key}={value}, but the config has no key "
                f"{name!r}, so nothing would read it: {_suggestion(cfg, name)}"
            )
    if direct:
        cfg.merge_from_dict(direct)
    return cfg


def plain_dict(cfg: Config | Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the dict inside a config."""
    return cfg._cfg_dict if isinstance(cfg, Config) else cfg


def _set_variable(
    cfg: Config, variables: dict[str, object], key: str, value: object
) -> Config:
    """Set a variable beside those of earlier options, and note it among them."""
    name = key.split(".", 1)[0]
    merged = Config({name: cfg.to_dict()[name]})
    merged.merge_from_dict({key: value})
    new_value = merged.to_dict()[name]
    if new_value == cfg.to_dict()[name]:
        return cfg
    variables[name] = new_value
    changed = evaluate_again(cfg, variables)
    if changed is None or _read_part(changed) == _read_part(cfg):
        raise ValueError(
            f"--cfg-options has {key}={value}, but nothing reads the config's variable "
            f"{name!r}: {_suggestion(cfg, name)}"
        )
    return changed


def _read_part(cfg: Config) -> dict[str, Any]:
    return {key: value for key, value in cfg.to_dict().items() if key in READ_KEYS}


def _suggestion(cfg: Config, name: str) -> str:
    """Suggest dotted keys that end with a name, or with a similar one."""
    by_last_key: dict[str, list[str]] = {key: [key] for key in READ_KEYS}
    for path in _dotted_keys("", _read_part(cfg)):
        by_last_key.setdefault(path.rsplit(".", 1)[-1], []).append(path)
    near = difflib.get_close_matches(name, sorted(by_last_key), n=1, cutoff=0.7)
    for last in [name, *near]:
        if last in by_last_key:
            paths = dict.fromkeys(sorted(by_last_key[last], key=lambda p: p.count(".")))
            return f"did you mean {' or '.join([*paths][:_MAX_SUGGESTIONS])}?"
    return "give the dotted key of the component that should change."


def _dotted_keys(prefix: str, node: object) -> Iterator[str]:
    """List the dotted keys below a node of a config."""
    items: Iterator[tuple[object, object]]
    if isinstance(node, Mapping):
        items = iter(node.items())
    elif isinstance(node, list | tuple):
        items = iter(enumerate(node))
    else:
        return
    for key, value in items:
        path = f"{prefix}.{key}" if prefix else str(key)
        yield path
        yield from _dotted_keys(path, value)
