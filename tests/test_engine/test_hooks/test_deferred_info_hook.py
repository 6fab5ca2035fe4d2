"""The log holds the same numbers, fetched together."""

from pathlib import Path

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import Tensor, nn
from torch.utils.data import Dataset


class Numbers(Dataset):
    def __len__(self) -> int:
        return 10

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        return {"inputs": torch.full((2,), float(index))}


class Toy(BaseModel):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, inputs: Tensor, mode: str = "loss") -> dict[str, Tensor]:
        scores = self.layer(torch.stack(list(inputs)))
        return {"loss_toy": scores.square().mean(), "figure": scores.mean().detach()}


class SaveInBetween(Hook):
    priority = "VERY_LOW"

    def after_train_iter(self, runner: Runner, *_: object, **__: object) -> None:
        if runner.iter == 4:
            runner.save_checkpoint(runner.work_dir, "between.pth", by_epoch=False)


def run(work_dir: Path, kind: str) -> Runner:
    torch.manual_seed(0)
    runner = Runner(
        model=Toy(),
        work_dir=str(work_dir),
        train_dataloader=dict(
            dataset=Numbers(),
            batch_size=2,
            sampler=dict(type="DefaultSampler", shuffle=False),
        ),
        optim_wrapper=dict(
            type="solider_mm.PretrainOptimWrapper",
            optimizer=dict(type="SGD", lr=1e-4),
            clip_grad=dict(type="per_tensor", max_norm=1.0),
        ),
        train_cfg=dict(by_epoch=True, max_epochs=2),
        default_hooks=dict(
            runtime_info=dict(type=kind), logger=dict(type="LoggerHook", interval=3)
        ),
        custom_hooks=[SaveInBetween()],
        visualizer=dict(
            type="Visualizer",
            vis_backends=[dict(type="LocalVisBackend")],
            name=str(work_dir),
        ),
        experiment_name=str(work_dir).replace("/", "_"),
    )
    runner.train()
    return runner


def history(runner: Runner) -> dict[str, list[float]]:
    scalars = runner.message_hub.log_scalars
    return {name: list(scalars[name].data[0]) for name in scalars if "time" not in name}


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Runner, Runner]:
    return run(tmp_path / "a", "RuntimeInfoHook"), run(
        tmp_path / "b", "solider_mm.DeferredInfoHook"
    )


def test_same_numbers_for_the_same_iterations(runs) -> None:
    at_once, deferred = (history(runner) for runner in runs)
    norms = deferred.pop("train/largest_grad_norm")
    assert len(norms) == 10
    assert min(norms) > 0
    assert deferred == at_once
    assert len(deferred["train/loss"]) == 10


def test_a_checkpoint_between_two_lines_holds_all_until_then(runs) -> None:
    _, runner = runs
    saved = torch.load(Path(runner.work_dir) / "between.pth", weights_only=False)
    losses = saved["message_hub"]["log_scalars"]["train/loss"].data[0]
    assert list(losses) == history(runner)["train/loss"][:5]


def test_lines_are_written_from_fetched_numbers(runs) -> None:
    losses = []
    for runner in runs:
        (file,) = Path(runner.work_dir).rglob("vis_data/scalars.json")
        losses.append(
            [line for line in file.read_text().splitlines() if "loss" in line]
        )
    strip = [[line.split('"loss": ')[1].split(",")[0] for line in ls] for ls in losses]
    assert strip[0] == strip[1]
    assert len(strip[0]) >= 2
