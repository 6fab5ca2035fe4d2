"""Folder of a model for the Hugging Face hub: config, weights and card."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from solider_mm.checkpoints.model_card import model_card
from solider_mm.fileio.atomic import atomic_folder
from solider_mm.fileio.download import sha256_of

__all__ = ["HUB_WEIGHTS", "write_hub_folder"]

HUB_WEIGHTS = "model.safetensors"
_CARD = "README.md"


def write_hub_folder(
    model: Any, folder: str | Path, options: Mapping[str, Any], facts: Mapping[str, Any]
) -> None:
    """Write `config.json`, `model.safetensors` and the card `README.md`.

    Args:
        model: Model with the methods of `PyTorchModelHubMixin`.
        folder: Folder to create; it appears when it is complete.
        options: Arguments of the model's constructor.
        facts: What the card says, see `model_card`.

    Raises:
        FileExistsError: If the folder exists and is not empty.
        OSError: If the folder cannot be written.
    """
    with atomic_folder(folder) as temporary:
        (temporary / _CARD).touch()  # else the mixin writes its own
        model.save_pretrained(temporary, config=dict(options))
        weights = temporary / HUB_WEIGHTS
        weights.chmod(0o644)  # safetensors' own is for the owner alone
        text = model_card(Path(folder).name, {**facts, "SHA256": sha256_of(weights)})
        (temporary / _CARD).write_text(text, encoding="utf-8")
