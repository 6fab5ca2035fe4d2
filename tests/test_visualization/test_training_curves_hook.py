import json
import logging
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

from solider_mm.registry import HOOKS
from solider_mm.visualization import TrainingCurvesHook
from solider_mm.visualization import training_curves_hook as module


class Toy(BaseModel):
    def __init__(self, fail_at=None):
        super().__init__()
        self.linear, self.calls, self.fail_at = nn.Linear(2, 1), 0, fail_at

    def forward(self, inputs, mode):
        assert mode == "loss"
        self.calls += 1
        if self.calls == self.fail_at:
            raise KeyboardInterrupt
        return {"loss": self.linear(torch.stack(inputs)).pow(2).mean()}


@pytest.fixture
def exits(monkeypatch):
    """Functions registered to run at exit."""
    functions = []
    monkeypatch.setattr(
        module,
        "atexit",
        SimpleNamespace(register=functions.append, unregister=functions.remove),
    )
    return functions


def run(work_dir, **model):
    runner = Runner(
        model=Toy(**model),
        work_dir=str(work_dir),
        train_dataloader={
            "dataset": [torch.ones(2)] * 4,
            "batch_size": 2,
            "sampler": {"type": "DefaultSampler", "shuffle": False},
            "collate_fn": lambda samples: {"inputs": samples},
        },
        train_cfg={"by_epoch": True, "max_epochs": 3},
        optim_wrapper={"optimizer": {"type": "SGD", "lr": 0.01, "weight_decay": 0.25}},
        default_hooks={"logger": {"type": "LoggerHook", "interval": 1}},
        custom_hooks=[{"type": "solider_mm.TrainingCurvesHook"}],
        experiment_name=work_dir.name,
        log_level="WARNING",
    )
    runner.train()


def test_plots_at_the_end_and_logs_weight_decay(tmp_path, exits):
    run(tmp_path / "whole")
    assert (tmp_path / "whole" / "training_curves.png").stat().st_size > 5000
    assert exits == []
    (scalars,) = (tmp_path / "whole").glob("*/vis_data/scalars.json")
    records = [json.loads(text) for text in scalars.read_text().splitlines()]
    assert [record["iter"] for record in records] == list(range(1, 7))
    assert {record["weight_decay"] for record in records} == {0.25}


def test_plots_at_exit_after_interruption(tmp_path, exits):
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut", fail_at=5)
    picture = tmp_path / "cut" / "training_curves.png"
    assert not picture.exists()
    (at_exit,) = exits
    at_exit()
    assert picture.stat().st_size > 5000


def test_failed_plot_only_warns(tmp_path, monkeypatch):
    messages = []
    monkeypatch.setattr(
        module, "print_log", lambda text, level, **_: messages.append((text, level))
    )
    hook = TrainingCurvesHook()
    assert hook._plot() is None
    hook._work_dir = tmp_path / "gone"
    assert hook._plot() is None
    assert messages == []
    hook._work_dir = tmp_path
    assert hook._plot() is None
    ((text, level),) = messages
    assert text.startswith("Training curves were not plotted: no training scalars")
    assert level == logging.WARNING


def test_plots_every_interval(tmp_path, monkeypatch):
    hook, plots = TrainingCurvesHook(interval=2), []
    monkeypatch.setattr(hook, "_plot", lambda: plots.append(True))
    for epoch in range(5):
        hook.after_train_epoch(SimpleNamespace(epoch=epoch))
    assert len(plots) == 2


def test_builds_from_config():
    hook = HOOKS.build({"type": "solider_mm.TrainingCurvesHook", "filename": "a.svg"})
    assert hook.filename == "a.svg"
    assert np.isscalar(hook.interval)
