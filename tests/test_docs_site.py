"""The built documentation site; `make docs` builds it and runs these tests.

Only the standard library and pytest are imported: the environment of the site has
neither torch nor OpenMMLab.
"""

import importlib.util
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "docs" / "_build" / "html"
LOADING = {"script": "src", "img": "src", "iframe": "src", "source": "src"}


@pytest.fixture(scope="module")
def site() -> Path:
    if not (SITE / "index.html").is_file():
        pytest.skip("the site is not built: run `make docs`")
    return SITE


class Requests(HTMLParser):
    """Addresses that a browser fetches to show a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        name = LOADING.get(tag)
        if tag == "link" and values.get("rel") not in ("canonical", "next", "prev"):
            name = "href"
        if name and values.get(name):
            self.found.append(str(values[name]))


def test_pages_request_nothing_from_the_network(site: Path) -> None:
    external = []
    for page in site.rglob("*.html"):
        requests = Requests()
        requests.feed(page.read_text(encoding="utf-8"))
        external += [(page.name, url) for url in requests.found if "//" in url]
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        urls = re.findall(r"(?:url\(|@import )[\"']?((?:https?:)?//[^\"')]+)", text)
        external += [(sheet.name, url) for url in urls]
    assert not external


def test_pages_exist_and_lead_to_the_api(site: Path) -> None:
    sources = (ROOT / "docs").rglob("*.md")
    pages = [path.relative_to(ROOT / "docs").with_suffix("") for path in sources]
    module = "autoapi/solider_mm/models/selfsup/solider/index"
    missing = [
        page for page in (*pages, module) if not (site / f"{page}.html").is_file()
    ]
    assert len(pages) > 25
    assert not missing
    text = (site / "algorithm.html").read_text(encoding="utf-8")
    assert f'href="{module}.html"' in text


@pytest.fixture(scope="module")
def extension():
    file = ROOT / "docs" / "_ext" / "repository_pages.py"
    spec = importlib.util.spec_from_file_location("repository_pages", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name, text in {
        "README.md": "# Top",
        "configs/reid/README.md": "See [runs](../../docs/runs.md#one), [own](a.py).",
        "configs/reid/a.py": "",
        "solider_mm/models/swin.py": "",
        "docs/index.md": "[swin](../solider_mm/models/swin.py)",
        "docs/runs.md": "# One\n[recipes](../configs/reid/README.md), "
        "[top](../README.md)",
        "docs/tasks/reid.md": "```{repository-file} ../../configs/reid/README.md\n```",
        "docs/_build/old.md": "```{repository-file} ../../README.md\n```",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_included_file_has_links_of_its_page(extension, repository: Path) -> None:
    page = repository / "docs" / "tasks" / "reid.md"
    pages = extension.Pages(repository / "docs")
    text = pages.expand(page.read_text(), page)
    assert text == "See [runs](../runs.md#one), [own](../../configs/reid/a.py)."
    assert pages.included(page.read_text(), page) == [
        repository / "configs" / "reid" / "README.md"
    ]


def test_links_lead_to_pages_and_modules(extension, repository: Path) -> None:
    pages = extension.Pages(repository / "docs")
    runs, index = (repository / "docs" / name for name in ("runs.md", "index.md"))
    assert pages.expand(runs.read_text(), runs) == (
        "# One\n[recipes](tasks/reid.md), [top](index.md)"
    )
    assert pages.expand(index.read_text(), index) == (
        "[swin](autoapi/solider_mm/models/swin/index.rst)"
    )


def test_folders_and_documents_without_a_page_have_no_link(
    extension, repository: Path
) -> None:
    (repository / "tests").mkdir()
    (repository / "tests" / "README.md").touch()
    pages = extension.Pages(repository / "docs")
    text = "[tests](../tests), [data](../tests/README.md)"
    page = repository / "docs" / "runs.md"
    assert pages.expand(text, page) == "tests, data"


def test_code_and_addresses_are_left_alone(extension, repository: Path) -> None:
    pages = extension.Pages(repository / "docs")
    text = (
        "```bash\ncat [a](../README.md)\n```\n[paper](https://arxiv.org/abs/1) [x](#y)"
    )
    assert pages.expand(text, repository / "docs" / "runs.md") == text


def test_notebook_becomes_markdown(extension, tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "Text."]},
        {"cell_type": "code", "source": ["x = 1\n", "x"]},
    ]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    text = extension.read_document(tmp_path / "a.ipynb")
    assert text == "# Title\nText.\n\n```python\nx = 1\nx\n```\n"
