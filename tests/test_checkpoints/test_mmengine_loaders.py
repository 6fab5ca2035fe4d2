"""Every way to a checkpoint refuses code, and none of it has run afterwards."""

import functools
import http.server
import os
import pickle
import threading
from pathlib import Path

import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.model import BaseModel
from mmengine.runner import Runner, load_checkpoint
from mmengine.runner.checkpoint import CheckpointLoader
from torch import nn
from torch.utils.data import Dataset

from solider_mm.checkpoints import embedded_backbone, load_any, read_checkpoint
from solider_mm.registry import MODELS


class Calls:
    """Pickles as a call of any function."""

    def __init__(self, function, *arguments) -> None:
        self.call = function, arguments

    def __reduce__(self):
        return self.call

    def __call__(self) -> None:
        """A pickle calls only what is callable."""


def make_folder(mark: Path) -> Calls:
    return Calls(os.mkdir, str(mark))


def run_source(mark: Path) -> Calls:
    return Calls(exec, f"import os; os.mkdir({str(mark)!r})")


def reach_by_getattr(mark: Path) -> Calls:
    return Calls(Calls(getattr, Path, "mkdir"), mark)


def load_other_pickle(mark: Path) -> Calls:
    return Calls(pickle.loads, pickle.dumps(make_folder(mark)))


def register_statistics(mark: Path) -> list[Calls]:
    return [Calls(HistoryBuffer.register_statistics, print), make_folder(mark)]


HARM = [
    make_folder,
    run_source,
    reach_by_getattr,
    load_other_pickle,
    register_statistics,
]
PLACES = ["message_hub", "meta", "state_dict", "optimizer"]


class ToyData(Dataset):
    def __getitem__(self, index: int) -> dict:
        return {"inputs": torch.full((3,), float(index))}

    def __len__(self) -> int:
        return 4


class ToyModel(BaseModel):
    def __init__(self, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        self.layer = nn.Linear(3, 1)

    def forward(self, inputs: torch.Tensor, mode: str) -> dict:
        return {"loss": self.layer(inputs).square().mean()}


@pytest.fixture
def mark(tmp_path: Path):
    """A folder that exists only if code of a checkpoint has run."""
    path = tmp_path / "HARMED"
    yield path
    assert not path.exists()


def runner(work_dir: Path, **kwargs) -> Runner:
    return Runner(
        model=ToyModel(),
        work_dir=str(work_dir),
        train_dataloader=dict(
            dataset=ToyData(),
            batch_size=2,
            collate_fn=dict(type="default_collate"),
            sampler=dict(type="DefaultSampler", shuffle=True),
        ),
        optim_wrapper=dict(optimizer=dict(type="Adam", lr=0.1)),
        param_scheduler=dict(type="MultiStepLR", milestones=[1], by_epoch=False),
        train_cfg=dict(by_epoch=True, max_epochs=2),
        randomness=dict(seed=0),
        experiment_name=f"loaders-{work_dir.name}-{len(kwargs)}",
        **kwargs,
    )


def harmful_file(path: Path, mark: Path, harm, place: str, zipped: bool) -> Path:
    content: dict = {
        "meta": {"epoch": 1, "iter": 2},
        "state_dict": ToyModel().state_dict(),
        "message_hub": {},
        "optimizer": {},
    }
    content[place] = {**content[place], "x": harm(mark)}
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return path


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("harm", HARM)
def test_mmengine_refuses_code(tmp_path, mark, harm, place, zipped) -> None:
    path = harmful_file(tmp_path / "a.pth", mark, harm, place, zipped)
    model = ToyModel()
    with pytest.raises(ValueError, match=r"a\.pth (was not|cannot be) read"):
        load_checkpoint(model, str(path), map_location="cpu")
    with pytest.raises(ValueError, match=r"a\.pth (was not|cannot be) read"):
        ToyModel({"type": "Pretrained", "checkpoint": str(path)}).init_weights()


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("harm", HARM)
def test_runner_refuses_code(tmp_path, mark, harm, resume) -> None:
    path = harmful_file(tmp_path / "a.pth", mark, harm, "message_hub", True)
    toy = runner(tmp_path / "run", load_from=str(path), resume=resume)
    with pytest.raises(ValueError, match=r"a\.pth (was not|cannot be) read"):
        toy.train()


@pytest.mark.parametrize("harm", HARM)
def test_backbone_refuses_code(tmp_path, mark, harm) -> None:
    path = harmful_file(tmp_path / "a.pth", mark, harm, "meta", True)
    cfg = embedded_backbone()
    cfg["init_cfg"]["checkpoint"] = str(path)
    with pytest.raises(ValueError, match=r"a\.pth (was not|cannot be) read"):
        MODELS.build(cfg).init_weights()


@pytest.fixture
def address(tmp_path, monkeypatch):
    """A server of the folder `tmp_path`, and an empty cache for downloads."""
    monkeypatch.setenv("SOLIDER_MM_CACHE", str(tmp_path / "cache"))
    handler = functools.partial(
        http.server.SimpleHTTPRequestHandler, directory=str(tmp_path)
    )
    monkeypatch.setattr(
        http.server.SimpleHTTPRequestHandler, "log_message", lambda *_: None
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("harm", HARM)
def test_download_refuses_code(tmp_path, mark, harm, address) -> None:
    harmful_file(tmp_path / "a.pth", mark, harm, "meta", True)
    for load in (read_checkpoint, functools.partial(load_checkpoint, ToyModel())):
        with pytest.raises(ValueError, match=r"a\.pth (was not|cannot be) read"):
            load(f"{address}/a.pth")


def test_download_is_kept_and_loaded(tmp_path, address) -> None:
    model = ToyModel()
    torch.save({"state_dict": model.state_dict()}, tmp_path / "a.pth")
    other = ToyModel()
    load_checkpoint(other, f"{address}/a.pth")
    assert torch.equal(other.layer.weight, model.layer.weight)
    assert len(list((tmp_path / "cache" / "weights").glob("*/a.pth"))) == 1
    (tmp_path / "a.pth").unlink()
    again = ToyModel()
    load_checkpoint(again, f"{address}/a.pth")
    assert torch.equal(again.layer.weight, model.layer.weight)


def test_files_of_one_name_from_two_places_are_not_confused(tmp_path, address) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        torch.save(ToyModel().state_dict(), tmp_path / folder / "model.pth")
    for folder in ("a", "b"):
        found = load_any(f"{address}/{folder}/model.pth")
        expected = load_any(str(tmp_path / folder / "model.pth"))
        assert torch.equal(found["layer.weight"], expected["layer.weight"])


def test_failed_download_names_the_address(address) -> None:
    with pytest.raises(ValueError, match=r"gone\.pth cannot be downloaded .*404"):
        read_checkpoint(f"{address}/gone.pth")


def test_unknown_model_name_is_refused() -> None:
    for name in ("torchvision://swim", "openmmlab://swim", "mmcls://swim"):
        with pytest.raises(ValueError, match="in no list of weights"):
            CheckpointLoader.load_checkpoint(name)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (torch.full((1, 3), float("nan")), "layer.weight has NaN values"),
        (torch.ones(1, 3, device="meta"), "layer.weight has no data"),
        (torch.ones(1, 3).to_sparse(), "layer.weight is sparse"),
        (torch.ones(1, 3, dtype=torch.complex64), "layer.weight is complex"),
        (torch.ones(1).expand(2**40, 3), r"layer.weight claims \d+ bytes"),
    ],
)
def test_mmengine_refuses_unusable_weights(tmp_path, value, message) -> None:
    torch.save({"state_dict": {"layer.weight": value}}, tmp_path / "a.pth")
    with pytest.raises(ValueError, match=rf"a\.pth: its weight {message}"):
        load_checkpoint(ToyModel(), str(tmp_path / "a.pth"))


def test_wrapper_names_are_removed(tmp_path) -> None:
    model, other = ToyModel(), ToyModel()
    weights = {f"module._orig_mod.{k}": v for k, v in model.state_dict().items()}
    torch.save({"state_dict": weights}, tmp_path / "a.pth")
    load_checkpoint(other, str(tmp_path / "a.pth"), strict=True)
    assert torch.equal(other.layer.weight, model.layer.weight)


def test_resumed_run_equals_uninterrupted_run(tmp_path) -> None:
    whole = runner(tmp_path / "whole")
    whole.train()
    resumed = runner(
        tmp_path / "resumed", load_from=f"{whole.work_dir}/epoch_1.pth", resume=True
    )
    resumed.train()
    for a, b in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(a, b)
    assert resumed.param_schedulers[0].state_dict() == (
        whole.param_schedulers[0].state_dict()
    )
    logs = [r.message_hub.log_scalars["train/loss"].data for r in (whole, resumed)]
    assert [len(log[0]) for log in logs] == [4, 4]
    assert (logs[0][0] == logs[1][0]).all()
