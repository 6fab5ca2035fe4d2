"""Pages from files of the repository: included documents, notebooks, links to code.

The documents are written to be read on a code host too, so they link to files by
relative paths. On the site a link to a module leads to its API page, a link to a
document that has a page leads to that page, and other files can be downloaded.
Folders and documents without a page are named without a link.
"""

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["Pages", "setup"]

_INCLUDE = re.compile(r"^```\{repository-file\} (\S+)\n```$", re.MULTILINE)
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^(```.*?^```)$", re.MULTILINE | re.DOTALL)


class Pages:
    """Rewrites the sources of the site's pages.

    Args:
        source: Folder of the site's sources.
    """

    def __init__(self, source: Path) -> None:
        self.source = source
        self.root = source.parent
        self.page_of = self._pages()

    def _pages(self) -> dict[Path, Path]:
        """Page of every document, included ones under the page that includes them."""
        pages = {}
        for page in sorted(self.source.rglob("*.md")):
            if page.relative_to(self.source).parts[0].startswith("_"):
                continue
            pages[page] = page
            for name in _INCLUDE.findall(page.read_text(encoding="utf-8")):
                pages[(page.parent / name).resolve()] = page
        pages[self.root / "README.md"] = self.source / "index.md"
        return pages

    def expand(self, text: str, page: Path) -> str:
        """Text of a page, with included files put in and links rewritten."""
        parts = _INCLUDE.split(text)
        parts[::2] = [self._relink(part, page, page) for part in parts[::2]]
        for i in range(1, len(parts), 2):
            file = (page.parent / parts[i]).resolve()
            parts[i] = self._relink(read_document(file), file, page)
        return "".join(parts)

    def included(self, text: str, page: Path) -> list[Path]:
        """Files that a page includes."""
        return [(page.parent / name).resolve() for name in _INCLUDE.findall(text)]

    def _relink(self, text: str, origin: Path, page: Path) -> str:
        pieces = _FENCE.split(text)
        pieces[::2] = [
            _LINK.sub(lambda m: self._link(m, origin, page), piece)
            for piece in pieces[::2]
        ]
        return "".join(pieces)

    def _link(self, match: re.Match[str], origin: Path, page: Path) -> str:
        mark, text, link = match.groups()
        name, _, anchor = link.partition("#")
        if not name or ":" in name:
            return match[0]
        file = (origin.parent / name).resolve()
        target = self.page_of.get(file) or self._api_page(file)
        if target is None and (file.is_dir() or file.suffix == ".md"):
            return text
        found = os.path.relpath(target or file, page.parent)
        return f"{mark}[{text}]({found}{'#' * bool(anchor)}{anchor})"

    def _api_page(self, file: Path) -> Path | None:
        package = self.root / "solider_mm"
        if file.suffix != ".py" or package not in file.parents:
            return None
        module = file.relative_to(self.root).with_suffix("")
        module = module.parent if module.name == "__init__" else module
        return self.source / "autoapi" / module / "index.rst"


def read_document(file: Path) -> str:
    """Read Markdown, or a notebook as Markdown."""
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".ipynb":
        return text
    cells = json.loads(text)["cells"]
    return "\n\n".join(_cell_as_markdown(cell) for cell in cells) + "\n"


def _cell_as_markdown(cell: dict[str, object]) -> str:
    source = "".join(cell["source"])  # type: ignore[arg-type]
    return source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```"


def setup(app: "Sphinx") -> dict[str, bool]:
    """Connect to Sphinx."""
    pages = Pages(Path(app.srcdir))

    def on_source_read(app: "Sphinx", docname: str, content: list[str]) -> None:
        page = Path(app.env.doc2path(docname))
        if page.suffix == ".md":
            for file in pages.included(content[0], page):
                app.env.note_dependency(str(file))
            content[0] = pages.expand(content[0], page)

    app.connect("source-read", on_source_read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
