"""The config that a checkpoint carries, read without running it."""

import ast
from collections.abc import Mapping
from typing import Any

from mmengine.config import Config

__all__ = ["config_of", "config_to_text"]


def config_of(content: Any) -> Config | None:
    """Config stored in a checkpoint.

    Trainers store the text of the config, which mmengine would execute. Here only
    literals and `dict(...)` calls are evaluated.

    Args:
        content: What `solider_mm.checkpoints.load_file` returned.

    Returns:
        The config, or None if the file has none.

    Raises:
        ValueError: If the stored text is not a plain config.
    """
    meta = content.get("meta") if isinstance(content, Mapping) else None
    if not isinstance(meta, Mapping):
        return None
    text = meta.get("cfg")  # mmengine's trainers and `publish_model`
    return Config(_plain_values(text)) if isinstance(text, str) else None


def config_to_text(config: Config) -> str:
    """Config as assignments of literals, for the metadata of a file.

    Args:
        config: Config of plain values.

    Returns:
        The text that `config_of` reads.
    """
    return "\n".join(f"{name} = {value!r}" for name, value in config.to_dict().items())


def _plain_values(text: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for node in ast.parse(text).body:
        if not isinstance(node, ast.Assign) or not isinstance(
            node.targets[0], ast.Name
        ):
            raise ValueError(
                f"the stored config has a line that is no assignment (line "
                f"{node.lineno}): give the config file itself"
            )
        values[node.targets[0].id] = _value(node.value)
    return values


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.Call):
        return _call(node)
    if isinstance(node, ast.List):
        return [_value(item) for item in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_value(item) for item in node.elts)
    if isinstance(node, ast.Dict):
        keys = [_value(key) for key in node.keys if key is not None]
        return dict(zip(keys, map(_value, node.values), strict=True))
    return _literal(node)


def _call(node: ast.Call) -> Any:
    name = getattr(node.func, "id", "")
    if name == "dict" and not node.args:
        return {str(k.arg): _value(k.value) for k in node.keywords}
    if name == "float" and len(node.args) == 1:
        return float(_literal(node.args[0]))
    return _literal(node)


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError as error:
        raise ValueError(
            f"the stored config has {ast.unparse(node)[:60]!r}, expected plain values: "
            "give the config file itself"
        ) from error
