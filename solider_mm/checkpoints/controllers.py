"""Whether λ has an effect on the weights of a file."""

from pathlib import Path

from solider_mm.checkpoints.formats import read_checkpoint

__all__ = ["require_controllers"]

_PREFIX = "semantic_embed_"


def require_controllers(path: str | Path) -> None:
    """Refuse weights on which λ has no effect.

    Args:
        path: Any checkpoint of a Swin, or 'embedded'.

    Raises:
        ValueError: If the weights hold no semantic controller.
    """
    if not any(name.startswith(_PREFIX) for name in read_checkpoint(path).backbone):
        raise ValueError(
            f"{path} holds no semantic controllers: this is a plain Swin and λ has no "
            "effect; pass the checkpoint of a SOLIDER run."
        )
