"""Keyword arguments that a registered class or function accepts."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from functools import partial
from typing import Any

from torch import nn

_BARE = (object, nn.Module)  # their constructors accept no keyword


def accepted_arguments(target: object) -> frozenset[str] | None:
    """List the keyword arguments that a type accepts.

    A class that passes its `**kwargs` to its parent's constructor, and does nothing
    else with them, accepts the parent's arguments as well.

    Args:
        target: Class, function or `functools.partial`.

    Returns:
        Names of the arguments; None if any keyword may be accepted.
    """
    if isinstance(target, partial):
        target = target.func
    try:
        if inspect.isclass(target):
            return _arguments_of_class(target)
        return _arguments_of_function(target)
    except (TypeError, ValueError):  # built-ins have no readable signature
        return None


def _arguments_of_function(function: Any) -> frozenset[str] | None:
    names, variadic = _named_parameters(function)
    return None if variadic else names


def _arguments_of_class(cls: type[Any]) -> frozenset[str] | None:
    accepted: frozenset[str] = frozenset()
    for ancestor in cls.__mro__:
        if ancestor in _BARE:
            return accepted
        constructor = vars(ancestor).get("__init__")
        if constructor is None:
            continue
        names, variadic = _named_parameters(constructor)
        accepted |= names - {"self"}
        if variadic is None:
            return accepted
        if not _passes_on(constructor, variadic):
            return None
    return accepted


def _named_parameters(
    function: Callable[..., Any],
) -> tuple[frozenset[str], str | None]:
    """Return the keyword parameters, and the name of `**kwargs` if there is one."""
    names, variadic = set(), None
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            variadic = parameter.name
        elif parameter.kind in (
            parameter.KEYWORD_ONLY,
            parameter.POSITIONAL_OR_KEYWORD,
        ):
            names.add(parameter.name)
    return frozenset(names), variadic


def _passes_on(constructor: Callable[..., Any], variadic: str) -> bool:
    """Return whether `**kwargs` go to `super().__init__` and nowhere else."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(constructor)))
    except (OSError, SyntaxError):  # no source, or not a plain function
        return False
    nodes = list(ast.walk(tree))
    uses = [n for n in nodes if isinstance(n, ast.Name) and n.id == variadic]
    passed_on = [
        keyword
        for node in nodes
        if isinstance(node, ast.Call) and _is_parent_constructor(node.func)
        for keyword in node.keywords
        if keyword.arg is None
        and isinstance(keyword.value, ast.Name)
        and keyword.value.id == variadic
    ]
    return len(uses) == len(passed_on) == 1


def _is_parent_constructor(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "__init__"
        and isinstance(function.value, ast.Call)
        and isinstance(function.value.func, ast.Name)
        and function.value.func.id == "super"
    )
