import ast
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.mark.parametrize(
    "path", sorted(TOOLS.rglob("*.py")), ids=lambda path: path.stem
)
def test_help_keeps_the_line_breaks_of_examples(path):
    text = path.read_text(encoding="utf-8")
    shown = ast.get_docstring(ast.parse(text), clean=False)
    if shown is not None:
        written = text.split('"""')[1]
        assert len(shown.splitlines()) == len(written.splitlines())
