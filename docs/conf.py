"""Settings of the documentation site; `make docs` builds it."""

import re
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS / "_ext"))

project = "solider_mm"
author = "The solider_mm authors"
release = re.findall(
    r'^__version__ = "([^"]+)"$',
    (DOCS.parent / "solider_mm" / "__init__.py").read_text(encoding="utf-8"),
    flags=re.MULTILINE,
)[0]

extensions = [
    "autoapi.extension",
    "myst_parser",
    "repository_pages",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_build", "_ext"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
default_role = "code"

# The API reference is read from the source, so that nothing has to be importable.
autoapi_dirs = ["../solider_mm"]
autoapi_root = "autoapi"
autoapi_add_toctree_entry = False
autoapi_options = ["members", "undoc-members", "show-module-summary"]
autoapi_python_class_content = "both"
autoapi_member_order = "bysource"
napoleon_google_docstring = True
napoleon_custom_sections = [("Source", "notes_style")]
napoleon_use_ivar = True
# autoapi leaves names that a module computes, such as registries, unresolved, and a
# type alias that several modules define has several targets.
suppress_warnings = ["autoapi.python_import_resolution", "ref.python"]

html_theme = "furo"
html_title = f"solider_mm {release}"
html_static_path = []
html_show_copyright = False
html_show_sourcelink = False
html_copy_source = False
