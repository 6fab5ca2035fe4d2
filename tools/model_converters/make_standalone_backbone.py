r"""Write the λ-Swin as one file that needs torch and safetensors only.

    python tools/model_converters/make_standalone_backbone.py \
        --out solider_swin_standalone.py

The file is put together from the sources of the package, so it computes the same. Copy
it into another project:

    from solider_swin_standalone import load_backbone
    backbone = load_backbone("swin_tiny.safetensors")
    maps = backbone(images, semantic_weight=0.2)
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from solider_mm.command_line import create_parser, run_command


class Source(NamedTuple):
    """A module, and which of its definitions are taken; all if none is named."""

    module: str
    names: tuple[str, ...] = ()


SOURCES = (
    Source("functional.recording"),
    Source("functional.map_size"),
    Source("functional.semantic_weight", ("check_semantic_weight",)),
    Source("functional.layout_cache"),
    Source("functional.windows"),
    Source("functional.whole_map"),
    Source("functional.symbolic_windows"),
    Source("functional.attention"),
    Source("models.layers.patch_embed"),
    Source("models.layers.patch_merging"),
    Source("models.layers.semantic_controller"),
    Source("functional.position_bias", ("relative_position_index",)),
    Source("models.layers.window_attention"),
    Source("models.layers.swin_block", ("FeedForward", "SwinBlock")),
    Source("models.layers.swin_stage", ("SwinStage",)),
    Source("models.layers.tokens_to_map"),
    Source("models.backbones.swin_arch"),
    Source("checkpoints.swin_state"),
    Source("models.backbones.solider_swin"),
    Source("checkpoints.weight_checks"),
    Source(
        "checkpoints.formats",
        (
            "Weights",
            "_LANDMARK",
            "_PREFIXES",
            "_BLOCK",
            "_BACKBONE_PART",
            "infer_arch",
            "_require_dimensions",
            "_require_all_blocks",
            "_backbone_prefix",
            "_some",
        ),
    ),
    Source("checkpoints.loading", ("_MAY_BE_NEW", "_mismatch", "_sizes")),
)
# Methods that need the package, or serve pretraining only.
DROPPED_METHODS = (
    "init_weights",
    "from_pretrained",
    "save_pretrained",
    "forward_sizes",
    "forward_packed",
    "_branch_factors",
)
# Text that needs mmengine.
CHANGES = (
    ("@MODELS.register_module()\n", ""),
    ("class SOLIDERSwin(BaseModule):", "class SOLIDERSwin(nn.Module):"),
    ("super().__init__(init_cfg=init_cfg)", "super().__init__()"),
    ("        self.linear_copies = ParameterCopies()\n", ""),  # of forward_sizes
    ("        init_cfg: dict[str, Any] | list[dict[str, Any]] | None = None,\n", ""),
    (
        "        init_cfg: mmengine's; `dict(type='Pretrained', checkpoint=FILE)` "
        "reads every\n            layout that `solider_mm.checkpoints` knows and finds "
        "the prefix by itself.\n",
        "",
    ),
)
OWN_PACKAGES = ("solider_mm", "mmengine", "torchvision")

HEADER = '''"""λ-Swin of SOLIDER in one file; needs torch and safetensors only.

Generated from solider_mm {version} by make_standalone_backbone.py: change the package,
not this file. License: Apache-2.0. Paper: Chen et al., "Beyond Appearance", CVPR 2023.

    backbone = load_backbone("swin_tiny.safetensors")
    maps = backbone(images, semantic_weight=0.2)  # or a tensor (B,), one λ per image

λ = 0 keeps appearance (who is this?), λ = 1 keeps semantics (which part is this?).
"""
'''

STOCHASTIC_DEPTH = '''
class StochasticDepth(nn.Module):
    """Leave out a branch for some images in training; scale it for the others.

    Args:
        p: Probability that the branch of an image is left out.
        mode: `"row"`, each image by itself.
    """

    def __init__(self, p: float, mode: str) -> None:
        super().__init__()
        self.p = p
        self.mode = mode

    def forward(self, branch: Tensor) -> Tensor:
        """Branch (B, ...) with zeros for the images that leave it out."""
        if not self.training or self.p == 0:
            return branch
        kept = 1.0 - self.p
        shape = [len(branch)] + [1] * (branch.ndim - 1)
        noise = torch.empty(shape, dtype=branch.dtype, device=branch.device)
        return branch * noise.bernoulli_(kept).div_(kept)
'''

LOADING = '''
def load_backbone(path: str, **options: Any) -> SOLIDERSwin:
    """Build the backbone that a safetensors file holds, with its weights.

    Args:
        path: Backbone, or any model of solider_mm with one.
        **options: Arguments of `SOLIDERSwin`, such as `out_indices`; arch and window
            are those of the file.

    Returns:
        The backbone in evaluation mode.

    Raises:
        ValueError: If the file holds no Swin, or one without semantic controllers.
    """
    weights = plain_names(load_file(path))
    prefix = _backbone_prefix(weights)
    weights = {
        name[len(prefix) :]: value
        for name, value in weights.items()
        if name.startswith(prefix) and _BACKBONE_PART.match(name[len(prefix) :])
    }
    require_weights(weights)
    if "semantic_embed_w.0.weight" not in weights:
        raise ValueError(
            f"{path} holds a plain Swin without semantic controllers, so λ would have "
            "no effect: give weights of SOLIDER"
        )
    sizes = infer_arch(weights)
    window = sizes.pop("window_size")
    built = {"arch": named_arch(**sizes), "window_size": window}
    backbone = SOLIDERSwin(**{**built, **options})
    own = backbone.state_dict()
    adapt_state_dict(weights, own)
    mismatch = _mismatch(weights, own)
    if mismatch:
        raise ValueError(f"{path} does not fit this backbone: {mismatch}")
    backbone.load_state_dict(weights, strict=False)
    return backbone.eval()
'''


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = create_parser(__doc__)
    parser.add_argument("--out", type=Path, required=True, help="Python file to write")
    return parser.parse_args(argv)


class Module:
    """A module that is put together from definitions of others."""

    def __init__(self) -> None:
        self.imports: dict[str, set[str]] = {}
        self.bodies: list[str] = []
        self.defined: dict[str, str] = {}

    def take(self, source: Source, text: str) -> None:
        """Take imports and definitions of a module.

        Args:
            source: Which definitions.
            text: Content of the module.

        Raises:
            ValueError: If another module defines the same name.
        """
        lines = text.splitlines(keepends=True)
        for node in ast.parse(text).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                self.take_import(node)
            elif is_taken(node, source.names):
                self.note(names_of(node), source.module)
                self.bodies.append(text_of(node, lines))

    def take_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Take the names of an import, except those of our own packages."""
        module = str(getattr(node, "module", ""))
        if module.split(".", maxsplit=1)[0] not in OWN_PACKAGES:
            names = {ast.unparse(alias) for alias in node.names}
            self.imports.setdefault(module, set()).update(names)

    def note(self, names: Iterable[str], module: str) -> None:
        """Remember where names are defined, each once."""
        for name in names:
            if name in self.defined:
                raise ValueError(
                    f"{name} is defined in {self.defined[name]} and in {module}: "
                    "rename one"
                )
            self.defined[name] = module

    def text(self, version: str) -> str:
        """Source of the module."""
        body = "\n".join(self.bodies)
        public = '\n__all__ = ["SOLIDERSwin", "load_backbone"]\n\n'
        imports = import_lines(self.imports, set(re.findall(r"\w+", body)))
        return f"{HEADER.format(version=version)}\n{imports}{public}{body}"


def standalone_source(package: Path, version: str) -> str:
    """Put the file together.

    Args:
        package: Folder of the sources of `solider_mm`.
        version: Version of the package.

    Returns:
        Source of a module.

    Raises:
        ValueError: If two modules define the same name, or a source has changed so that
            a replacement no longer applies.
    """
    module = Module()
    module.imports["safetensors.torch"] = {"load_file"}
    module.bodies.append(STOCHASTIC_DEPTH)
    for source in SOURCES:
        path = package / Path(*source.module.split(".")).with_suffix(".py")
        text = without_methods(path.read_text(encoding="utf-8"))
        if source.module.endswith("solider_swin"):
            text = without_framework(text)
        module.take(source, text)
    module.bodies.append(LOADING)
    return module.text(version)


def without_methods(text: str) -> str:
    """Remove the methods that the file does without."""
    lines = text.splitlines(keepends=True)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name in DROPPED_METHODS:
            decorators = [decorator.lineno for decorator in node.decorator_list]
            first = min([node.lineno, *decorators])
            for place in range(first - 1, int(node.end_lineno or 0)):
                lines[place] = ""
    return "".join(lines)


def without_framework(text: str) -> str:
    """Remove mmengine from the backbone's module."""
    for old, new in CHANGES:
        if text.count(old) != 1:
            raise ValueError(
                f"the backbone's source has {text.count(old)} times {old.strip()!r}, "
                "expected once: adapt CHANGES of make_standalone_backbone.py"
            )
        text = text.replace(old, new)
    return text


def is_taken(node: ast.stmt, names: tuple[str, ...]) -> bool:
    """Whether a definition is part of the file: no docstring, no `__all__`."""
    own = names_of(node)
    return bool(own) and "__all__" not in own and (not names or own[0] in names)


def names_of(node: ast.stmt) -> list[str]:
    """Names that a statement of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [t.id for t in node.targets if isinstance(t, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def text_of(node: ast.stmt, lines: list[str]) -> str:
    """Source of a definition with its decorators and the comment above it."""
    decorators: Iterable[ast.expr] = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(d.lineno for d in decorators)]) - 1
    while first > 0 and lines[first - 1].startswith("#"):
        first -= 1
    text = "".join(lines[first : node.end_lineno]).rstrip("\n")
    gap = "\n" if isinstance(node, ast.FunctionDef | ast.ClassDef) else ""
    return f"{gap}{text}\n"


def import_lines(imports: dict[str, set[str]], used: set[str]) -> str:
    """Imports of the names that are used, sorted."""
    lines = []
    for module, names in sorted(imports.items()):
        kept = sorted(name for name in names if name.split()[-1] in used)
        if not module:
            lines += [f"import {name}" for name in kept]
        elif kept:
            lines.append(f"from {module} import {', '.join(kept)}")
    return "\n".join(lines) + "\n"


def write(args: argparse.Namespace) -> None:
    """Write the file."""
    import solider_mm
    from solider_mm.fileio.atomic import atomic_path

    package = Path(str(solider_mm.__file__)).parent
    text = standalone_source(package, solider_mm.__version__)
    ast.parse(text)
    with atomic_path(args.out) as temporary:
        temporary.write_text(text, encoding="utf-8")
    print(f"wrote {args.out}: {len(text.splitlines())} lines")


def main(argv: list[str] | None = None) -> int:
    """Write the standalone backbone; return the exit code."""
    return run_command(write, parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
