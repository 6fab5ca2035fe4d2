"""The recipes of docs/trackers.md, run by interpreters that have the trackers.

`SOLIDER_MM_TRACKER_PYTHON` is a Python in which boxmot, ultralytics, reid or libreyolo
are installed. They are other programs, partly under the AGPL, and not imported here.
"""

import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from solider_mm.apis import ReIDInferencer
from solider_mm.export import export_onnx

PYTHON = os.environ.get("SOLIDER_MM_TRACKER_PYTHON", "")
REID = "reid_solider-swin-nano_1xb64-bf16-adamw-15e_synthetic-64x32"
PAGE = Path(__file__).parents[2] / "docs" / "trackers.md"
RECIPES = {
    "boxmot": "boxmot",
    "ultralytics": "ultralytics",
    "Roboflow reid": "reid",
    "LibreYOLO": "libreyolo",
}


def recipe(heading: str) -> str:
    section = PAGE.read_text("utf-8").partition(f"\n## {heading}\n")[2]
    found = re.search(r"```python\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("heading", RECIPES)
def test_recipes_are_short(heading):
    lines = [line for line in recipe(heading).splitlines() if line.strip()]
    assert len(lines) <= 13
    compile(recipe(heading), heading, "exec")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    pytest.importorskip("onnxscript", reason="needs the extra [onnx]")
    if not PYTHON:
        pytest.skip("needs SOLIDER_MM_TRACKER_PYTHON, a Python with the trackers")
    folder = tmp_path_factory.mktemp("trackers")
    export_onnx(REID, folder / "reid.onnx", expects="0-1")
    export_onnx(REID, folder / "reid_imagenet.onnx", expects="imagenet")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("heading", RECIPES)
def test_embeddings_in_a_tracker_equal_ours(folder, people, heading):
    module = RECIPES[heading]
    known = subprocess.run(
        [PYTHON, "-c", f"import importlib.util as u; u.find_spec({module!r}).name"],
        capture_output=True,
        check=False,
    )
    if known.returncode:
        pytest.skip(f"needs {module} in the environment of SOLIDER_MM_TRACKER_PYTHON")
    inferencer = ReIDInferencer(show_progress=False, device="cpu")
    script = (
        recipe(heading) + "\nnp = __import__('numpy')\nnp.save('found', embeddings)"
    )
    for person in people[:2]:  # of the size of the file: nothing is resized
        Image.fromarray(person).save(folder / "frame.png")
        run = subprocess.run(
            [PYTHON, "-c", script], cwd=folder, capture_output=True, check=False
        )
        assert run.returncode == 0, run.stderr.decode()[-2000:]
        found = np.load(folder / "found.npy")
        (expected,) = inferencer(person)
        norm = np.linalg.norm(found, axis=1, keepdims=True)
        np.testing.assert_allclose(found / norm, expected["feature"][None], atol=1e-3)
