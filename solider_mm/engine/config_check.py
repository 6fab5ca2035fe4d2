"""Check all keys of a config before anything is built.

mmengine builds components one by one: a wrong key of a hook or of the validation
metric raises an error only after the data was read. Here every dict with a `type` is
looked up in the registries, and its keys are compared with that type's signature.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any

import mmengine.registry
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import Registry

from solider_mm.engine.accepted_arguments import accepted_arguments
from solider_mm.engine.overrides import RUNNER_KEYS, plain_dict
from solider_mm.engine.untyped_keys import untyped_problems
from solider_mm.tasks import find_tasks

# Keys that mmengine's and mmcv's builders remove before they call the type.
_TAKEN_BY_BUILDERS = frozenset({"type", "_scope_"})
_TAKEN_FROM_HOOKS = frozenset({"priority"})
_TAKEN_BY_PLACE = {
    "optim_wrapper": frozenset({"constructor", "paramwise_cfg"}),
    "norm_cfg": frozenset({"requires_grad"}),
    "param_scheduler": frozenset({"convert_to_iter_based"}),
    "policies": frozenset({"magnitude_key", "magnitude_range"}),  # RandAugment's
}
# Only these models pass a λ to their backbone with every call.
_GIVE_SEMANTIC_WEIGHT = frozenset({"DINOPretrain", "SOLIDER"})
# Below these keys, `type` is data and names no component.
_DATA_KEYS = frozenset({"metainfo", "dataset_info", "nms"})


def check_config(cfg: Config) -> None:
    """Compare the keys of every component with the signature of its type.

    Missing arguments are not reported, because builders add some of their own. Types
    that accept any keyword are not checked. The config is not changed and nothing is
    built, but looking up a type imports the module that registers it.

    Args:
        cfg: Complete config, as `mmengine.config.Config.fromfile` reads it.

    Raises:
        ValueError: If a component has a key that its type does not accept, a type's
            name or a top-level key is misspelled, or a downstream backbone has no λ.
            Each problem is one line of the message.
    """
    problems = [*_misspelled_runner_keys(cfg), *untyped_problems(plain_dict(cfg))]
    scope = str(cfg.get("default_scope") or "mmengine")
    read = {key: value for key, value in plain_dict(cfg).items() if key in RUNNER_KEYS}
    for place, component in _components("", read):
        problems.extend(_problems_of(place, component, scope))
    problems.extend(_missing_semantic_weight(read.get("model")))
    if problems:
        raise ValueError("\n".join(problems))


def _components(place: str, node: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield all dicts with a `type`, and their places, at any depth."""
    if isinstance(node, Mapping):
        if "type" in node:
            yield place, node
        for key, value in node.items():
            if key not in _DATA_KEYS:
                yield from _components(f"{place}.{key}" if place else str(key), value)
    elif isinstance(node, list | tuple):
        for index, value in enumerate(node):
            yield from _components(f"{place}[{index}]", value)


def _problems_of(place: str, component: Mapping[str, Any], scope: str) -> Iterator[str]:
    kind = component["type"]
    scope = str(component.get("_scope_", scope))
    candidates = _lookup(kind, scope) if isinstance(kind, str) else [kind]
    if not candidates:
        yield from _unknown_type(place, str(kind), scope)
        return
    found = [_wrong_keys(place, component, candidate) for candidate in candidates]
    wrong, target = min(zip(found, candidates, strict=True), key=lambda v: len(v[0]))
    accepted = accepted_arguments(target) or frozenset()
    for key in sorted(wrong):
        yield (
            f"{place}: {getattr(target, '__name__', kind)} takes no argument "
            f"{key!r}{_near(key, accepted)}; it takes {_arguments(accepted)}: "
            "correct or remove the key."
        )


def _arguments(accepted: Iterable[str]) -> str:
    return ", ".join(sorted(accepted)) or "no arguments"


def _missing_semantic_weight(model: object) -> Iterator[str]:
    """Report downstream backbones without λ: no value suits all tasks."""
    components = list(_components("model", model))
    kinds = [str(component["type"]).rsplit(".", 1)[-1] for _, component in components]
    if _GIVE_SEMANTIC_WEIGHT.intersection(kinds[:1]):
        return
    for (place, component), kind in zip(components, kinds, strict=True):
        if kind == "SOLIDERSwin" and component.get("semantic_weight") is None:
            yield (
                f"{place}: SOLIDERSwin has no semantic_weight, expected a λ in [0, 1]: "
                "add one, from 0 for appearance to 1 for semantics "
                f"({_task_weights()})."
            )


def _task_weights() -> str:
    """List the λ of all tasks, smallest first."""
    tasks = sorted(find_tasks(), key=lambda task: (task.semantic_weight, task.name))
    return ", ".join(f"{task.name} {task.semantic_weight}" for task in tasks)


def _wrong_keys(
    place: str, component: Mapping[str, Any], target: object
) -> frozenset[str]:
    accepted = accepted_arguments(target)
    if accepted is None:
        return frozenset()
    taken = _TAKEN_BY_BUILDERS
    if inspect.isclass(target) and issubclass(target, Hook):
        taken = taken | _TAKEN_FROM_HOOKS
    last = place.rsplit(".", 1)[-1].split("[", 1)[0]
    taken = taken | _TAKEN_BY_PLACE.get(last, frozenset())
    return frozenset(map(str, component)) - accepted - taken


def _near(word: str, known: frozenset[str], cutoff: float = 0.6) -> str:
    near = difflib.get_close_matches(word, sorted(known), n=2, cutoff=cutoff)
    return f" (did you mean {_listed(near)}?)" if near else ""


def _listed(words: Iterable[str]) -> str:
    return " or ".join(map(repr, words))


# ------------------------------------------------------------------ registries


def _lookup(name: str, scope: str) -> list[object]:
    """Return all registered objects of that name that the scope can see."""
    found = []
    for registry in _registries(name, scope):
        target = registry.children.get(scope, registry).get(name)
        if target is not None and target not in found:
            found.append(target)
    return found


def _registries(name: str, scope: str) -> list[Registry]:
    """Return mmengine's root registries and those that only the host declares."""
    scopes = {scope, Registry.split_scope_key(name)[0]} - {None, "mmengine"}
    modules = [mmengine.registry]
    for host in sorted(map(str, scopes)):
        try:
            modules.append(import_module(f"{host}.registry"))
        except ImportError:
            continue
    registries: list[Registry] = []
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Registry) and value.root not in registries:
                registries.append(value.root)
    return registries


def _unknown_type(place: str, name: str, scope: str) -> Iterator[str]:
    """Report misspelled types only: other names may be data, or registered later."""
    spelling = {}  # bare name -> name in a config of this scope
    for registry in _registries(name, scope):
        for host, child in registry.children.items():
            spelling.update({bare: f"{host}.{bare}" for bare in child.module_dict})
        spelling.update({bare: bare for bare in registry.module_dict})
    bare = name.rsplit(".", 1)[-1]
    near = difflib.get_close_matches(bare, sorted(spelling), n=2, cutoff=0.8)
    if near or name.startswith("solider_mm."):
        hint = f" (did you mean {_listed(spelling[n] for n in near)}?)" if near else ""
        yield (
            f"{place}: type {name!r} is not registered{hint}: correct the name, or "
            "install and import what registers it."
        )


def _misspelled_runner_keys(cfg: Config) -> Iterator[str]:
    for key, value in plain_dict(cfg).items():
        hint = _near(key, RUNNER_KEYS, cutoff=0.88)
        if key not in RUNNER_KEYS and hint and isinstance(value, Mapping | list):
            yield (f"unknown top-level key {key!r}{hint}: correct or remove it.")
