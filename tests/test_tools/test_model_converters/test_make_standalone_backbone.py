"""The generated file computes what the package computes, with torch alone."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from solider_mm.checkpoints.embedded import EMBEDDED_CHECKPOINT
from solider_mm.model_index import find_model, list_models
from solider_mm.models.backbones import SOLIDERSwin
from tools.model_converters import make_standalone_backbone as tool

# A program in which nothing but torch, safetensors and what they need can be imported.
PROGRAM = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        root = name.partition(".")[0]
        if root in (
            "mmcv", "mmengine", "mmpretrain", "solider_mm", "torchvision", "timm",
            "huggingface_hub", "scipy", "cv2",
        ):
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Blocked())
import numpy as np, torch
import solider_swin_standalone as standalone

torch.set_num_threads(1)
images = torch.from_numpy(np.load("images.npy"))
found = {}
for number, file in enumerate(sys.argv[1:]):
    backbone = standalone.load_backbone(file)
    with torch.no_grad():
        for weight in (0.0, 1.0, torch.tensor([0.2, 0.7])):
            name = f"{number} {torch.as_tensor(weight).tolist()}"
            found[name] = backbone(images, weight)[-1].numpy()
np.savez("found", **found)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("standalone")
    out = folder / "solider_swin_standalone.py"
    assert tool.main(["--out", str(out)]) == 0
    return folder


@pytest.fixture(scope="module")
def standalone(folder):
    sys.path.insert(0, str(folder))
    try:
        import solider_swin_standalone  # noqa: PLC0415

        yield solider_swin_standalone
    finally:
        sys.path.remove(str(folder))
        del sys.modules["solider_swin_standalone"]


def test_imports_torch_safetensors_and_the_standard_library_only(folder):
    text = (folder / "solider_swin_standalone.py").read_text("utf-8")
    roots = {
        line.split()[1].partition(".")[0]
        for line in text.splitlines()
        if line.startswith(("import ", "from "))
    }
    assert roots <= {"torch", "safetensors", *sys.stdlib_module_names}


def test_names_are_defined(standalone):
    """The sources change: a name that is missing here must be added to SOURCES."""
    standalone.SOLIDERSwin(arch="nano", semantic_weight=0.2)(torch.zeros(1, 3, 16, 16))


@pytest.mark.slow
def test_loads_every_file_of_the_package_without_it(folder):
    # Person search keeps its last stage elsewhere: no file of a whole backbone.
    names = [n for n in list_models(with_weights=True) if "seqnet" not in n]
    files = [str(find_model(name).weights) for name in names]
    files.append(str(EMBEDDED_CHECKPOINT))
    images = torch.randn(2, 3, 50, 44)
    np.save(folder / "images.npy", images.numpy())
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, *files],
        cwd=folder,
        check=False,
        capture_output=True,
    )
    assert run.returncode == 0, run.stderr.decode()[-2000:]
    found = np.load(folder / "found.npz")
    for number, file in enumerate(files):
        backbone = SOLIDERSwin.from_pretrained(
            file, strides=(4, 2, 1), out_indices=(2,)
        )
        with torch.no_grad():
            for weight in (0.0, 1.0, torch.tensor([0.2, 0.7])):
                name = f"{number} {torch.as_tensor(weight).tolist()}"
                expected = backbone(images, weight)[-1].numpy()
                np.testing.assert_array_equal(found[name], expected)


def test_training_is_the_same(standalone):
    options = {"arch": "nano", "drop_path_rate": 0.5, "semantic_weight": 0.3}
    ours, theirs = SOLIDERSwin(**options), standalone.SOLIDERSwin(**options)
    theirs.load_state_dict(ours.state_dict())
    gradients = []
    for model in (ours, theirs):
        torch.manual_seed(0)
        model.train()(torch.randn(4, 3, 64, 32))[-1].square().mean().backward()
        gradients.append({n: p.grad for n, p in model.named_parameters()})
    for name, gradient in gradients[0].items():
        assert (gradient is None) == (gradients[1][name] is None)
        if gradient is not None:
            torch.testing.assert_close(gradients[1][name], gradient)


def test_refuses_a_plain_swin(standalone, tmp_path):
    from safetensors.torch import save_file  # noqa: PLC0415

    weights = SOLIDERSwin(arch="nano").state_dict()
    plain = {k: v for k, v in weights.items() if "semantic" not in k}
    save_file(plain, tmp_path / "plain.safetensors")
    with pytest.raises(ValueError, match="plain Swin without semantic controllers"):
        standalone.load_backbone(str(tmp_path / "plain.safetensors"))


def test_changed_sources_are_noticed():
    with pytest.raises(ValueError, match="expected once: adapt CHANGES"):
        tool.without_framework("class Other:\n    pass\n")
    module = tool.Module()
    module.take(tool.Source("a"), "x = 1\n")
    with pytest.raises(ValueError, match="x is defined in a and in b: rename one"):
        module.take(tool.Source("b"), "def x():\n    pass\n")


def test_unwritable_place(tmp_path, capsys):
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit, match="2"):
        tool.main(["--out", str(tmp_path / "file" / "a.py")])
    assert len(capsys.readouterr().err.splitlines()) == 2
