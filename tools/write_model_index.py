"""Write model-index.yml and the metadata of all metafiles from the configs.

Every folder of `configs/` with a metafile enters model-index.yml, and every config of
the folder enters its metafile. Written by hand stay: the collections, the training
data, the results, and the path of published weights.

    python tools/write_model_index.py
    python tools/write_model_index.py --check
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from solider_mm.command_line import create_parser, run_command

ROOT = Path(__file__).resolve().parents[1]
HEADER = "# Written by tools/write_model_index.py from the folders of configs/.\n"


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line; mmengine is imported later."""
    parser = create_parser(__doc__)
    parser.add_argument(
        "--root", type=Path, default=ROOT, help="folder that holds configs/"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit code 1 if out of date"
    )
    return parser.parse_args(argv)


def metafiles(root: Path) -> list[Path]:
    """Metafiles of all folders of `configs/`."""
    return sorted((root / "configs").glob("*/metafile.yml"))


def model_index(root: Path) -> str:
    """Content of model-index.yml."""
    lines = [f"  - {path.relative_to(root)}\n" for path in metafiles(root)]
    return HEADER + "Import:\n" + "".join(lines)


def metafile(path: Path, root: Path) -> str:
    """Content of a metafile, with an entry for every config of its folder."""
    import yaml

    content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    known = {model["Name"]: model for model in content.get("Models") or []}
    collection = content["Collections"][0]["Name"]
    content["Models"] = [
        entry(config, known.get(config.stem, {}), collection, root)
        for config in sorted(path.parent.glob("*.py"))
    ]
    text: str = yaml.safe_dump(
        content,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=10_000,
    )
    return text


def entry(
    config: Path, known: dict[str, Any], collection: str, root: Path
) -> dict[str, Any]:
    """Entry of a config: its settings, and what the metafile already says of it."""
    from mmengine.config import Config

    cfg = Config.fromfile(config)
    data, _, size = config.stem.rpartition("_")[2].rpartition("-")
    preprocessor = cfg.model.get("data_preprocessor") or {}
    metadata: dict[str, Any] = {
        "Training Data": known.get("Metadata", {}).get("Training Data", data),
        "Task": config.parent.name,
        "Architecture Size": str(cfg.model.backbone.arch),
        "Input Size": size,
    }
    weight = cfg.model.backbone.get("semantic_weight")
    if weight is not None:
        metadata["Semantic Weight"] = float(weight)
    for key in ("mean", "std"):
        if preprocessor.get(key):
            metadata[key.capitalize()] = [float(value) for value in preprocessor[key]]
    weights = known.get("Weights")
    if weights:
        metadata |= weights_metadata(root / weights, known["Metadata"])
    written = {
        "Name": config.stem,
        "Metadata": metadata,
        "In Collection": collection,
        "Results": known.get("Results"),
        "Config": str(config.relative_to(root)),
    }
    return {**written, "Weights": weights} if weights else written


def weights_metadata(path: Path, known: dict[str, Any]) -> dict[str, Any]:
    """License and checksum of published weights; a file elsewhere keeps its own."""
    from solider_mm.fileio.download import sha256_of

    digest = sha256_of(path) if path.is_file() else known.get("SHA256")
    return {
        "Weights License": known.get("Weights License", "Apache-2.0"),
        "SHA256": digest,
    }


def write(args: argparse.Namespace) -> int:
    """Write the files that are out of date, or list them."""
    root = args.root.resolve()
    wanted = {path: metafile(path, root) for path in metafiles(root)}
    wanted[root / "model-index.yml"] = model_index(root)
    stale = [
        path
        for path, text in wanted.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        print(f"{'out of date' if args.check else 'wrote'}: {path.relative_to(root)}")
        if not args.check:
            path.write_text(wanted[path], encoding="utf-8")
    return int(args.check and bool(stale))


def main(argv: list[str] | None = None) -> int:
    """Update the index; return the exit code."""
    return run_command(write, parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
