import logging
import math
from types import SimpleNamespace

import pytest
import torch
import torch.distributed as dist
from mmengine.logging import MessageHub
from mmengine.registry import MODEL_WRAPPERS
from torch import nn

from solider_mm.engine.hooks import CollapseError, CollapseGuardHook
from solider_mm.engine.hooks import collapse_guard_hook as module
from solider_mm.engine.hooks.collapse_guard_hook import Thresholds, find_symptoms
from solider_mm.registry import HOOKS

K = 1024
LN_K = math.log(K)
HEALTHY = {
    "loss": 2.5,
    "loss_dino": 2.5,
    "dino_cross_entropy": 5.0,
    "teacher_entropy": 4.0,
    "feature_std": 0.03,
    "kept_fraction": 0.6,
}


class FakeRunner:
    def __init__(self, model):
        self.model, self.iter = model, 0
        self.message_hub = MessageHub("guard-test")


@pytest.fixture
def runner():
    model = nn.Module()
    model.head = SimpleNamespace(out_channels=K)
    return FakeRunner(model)


@pytest.fixture
def warnings(monkeypatch):
    said = []

    def record(message, logger, level):
        assert (logger, level) == ("current", logging.WARNING)
        said.append(message)

    monkeypatch.setattr(module, "print_log", record)
    return said


def play(guard, runner, iterations, **changes):
    """Feed constant metrics for the 1-based iterations."""
    guard.before_train(runner)
    for iteration in iterations:
        runner.iter = iteration - 1
        outputs = {
            key: torch.tensor(value) for key, value in (HEALTHY | changes).items()
        }
        guard.after_train_iter(runner, runner.iter, None, outputs)


def test_finds_no_symptom_in_healthy_metrics():
    assert find_symptoms(HEALTHY, K, Thresholds()) == {}


def test_finds_no_symptom_without_metrics():
    assert find_symptoms({}, K, Thresholds()) == {}


def test_ignores_nan_metrics():
    metrics = dict.fromkeys(HEALTHY, float("nan"))
    assert find_symptoms(metrics, K, Thresholds()) == {}


@pytest.mark.parametrize(
    ("key", "value", "name", "words"),
    [
        ("teacher_entropy", LN_K - 0.01, "uniform collapse", "prefers no prototype"),
        ("teacher_entropy", 0.01, "collapse to one prototype", "higher teacher_temp"),
        ("feature_std", 2e-5, "constant features", "feature_std is 2.00e-05"),
        ("dino_cross_entropy", LN_K + 0.01, "no learning", "is 6.9415 and ln K = 6.93"),
        ("kept_fraction", 0.0, "no semantic labels", "lower min_foreground"),
    ],
)
def test_names_each_symptom(key, value, name, words):
    found = find_symptoms(HEALTHY | {key: value}, K, Thresholds())
    assert list(found) == [name]
    assert words in found[name]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("teacher_entropy", LN_K - 0.02),
        ("teacher_entropy", 0.02),
        ("feature_std", 1.1e-4),
        ("dino_cross_entropy", LN_K - 0.02),
    ],
)
def test_finds_no_symptom_just_inside_thresholds(key, value):
    assert find_symptoms(HEALTHY | {key: value}, K, Thresholds()) == {}


def test_recognizes_published_collapse():
    # A public report of collapse: the loss sits at 11.0902 with K = 65536.
    metrics = HEALTHY | {"dino_cross_entropy": 11.0902}
    assert list(find_symptoms(metrics, 65536, Thresholds())) == ["no learning"]


def test_logs_nothing_for_healthy_run(runner, warnings):
    guard = CollapseGuardHook(interval=5, patience=2, begin=0)
    play(guard, runner, range(1, 101))
    assert warnings == []


def test_warns_once_per_episode(runner, warnings):
    guard = CollapseGuardHook(interval=10, patience=3, begin=0)
    play(guard, runner, range(1, 101), teacher_entropy=LN_K)
    assert warnings == [
        "Iteration 30: uniform collapse (in 3 checks in a row, one per 10 iterations). "
        "Teacher_entropy is 6.9315 and ln K = 6.9315 (K = 1024): the teacher prefers "
        "no prototype, so its targets carry no information. Try a lower "
        "teacher_temperature or a smaller learning rate."
    ]


def test_restarts_count_after_recovery(runner, warnings):
    guard = CollapseGuardHook(interval=1, patience=3, begin=0)
    play(guard, runner, range(1, 3), feature_std=0.0)
    play(guard, runner, range(3, 4))
    play(guard, runner, range(4, 6), feature_std=0.0)
    assert warnings == []
    play(guard, runner, range(6, 7), feature_std=0.0)
    assert warnings[0].startswith("Iteration 6: constant features (in 3 checks")


def test_ignores_symptoms_before_begin(runner, warnings):
    guard = CollapseGuardHook(interval=1, patience=1, begin=20)
    play(guard, runner, range(1, 21), dino_cross_entropy=LN_K)
    assert warnings == []
    play(guard, runner, range(21, 22), dino_cross_entropy=LN_K)
    assert warnings[0].startswith("Iteration 21: no learning")


def test_stop_names_last_checkpoint(runner):
    runner.message_hub.update_info("last_ckpt", "work/iter_10.pth")
    guard = CollapseGuardHook(action="stop", interval=5, patience=2, begin=0)
    message = r"Iteration 10: collapse to one prototype .* is work/iter_10\.pth\."
    with pytest.raises(CollapseError, match=message):
        play(guard, runner, range(1, 100), teacher_entropy=0.0)


def test_reads_no_tensor_between_checks(runner, monkeypatch):
    def forbid(*_):
        raise AssertionError("read back to the host")

    guard = CollapseGuardHook(interval=10)
    for name in ("item", "__bool__", "__int__", "__float__", "tolist", "cpu", "numpy"):
        monkeypatch.setattr(torch.Tensor, name, forbid)
    play(guard, runner, range(1, 10))


def test_unwraps_distributed_model(runner, warnings):
    class Wrapper(nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.module = inner

    MODEL_WRAPPERS.register_module(name="GuardTestWrapper", module=Wrapper)
    try:
        runner.model = Wrapper(runner.model)
        guard = CollapseGuardHook(interval=1, patience=1, begin=0)
        play(guard, runner, [1], dino_cross_entropy=LN_K)
    finally:
        MODEL_WRAPPERS._module_dict.pop("GuardTestWrapper")
    assert "K = 1024" in warnings[0]


def test_builds_from_config():
    guard = HOOKS.build(
        {
            "type": "solider_mm.CollapseGuardHook",
            "action": "stop",
            "thresholds": {"feature_std": 1e-3},
        }
    )
    assert guard.thresholds.feature_std == 1e-3
    assert guard.priority == "NORMAL"  # before CheckpointHook (VERY_LOW)


def test_refuses_invalid_arguments(runner):
    with pytest.raises(ValueError, match=r"action is 'halt'; use one of"):
        CollapseGuardHook(action="halt")
    with pytest.raises(ValueError, match="interval is 0 and patience 10"):
        CollapseGuardHook(interval=0)
    runner.model.head = None
    with pytest.raises(ValueError, match=r"Module has no head.out_channels"):
        CollapseGuardHook().before_train(runner)


def _two_processes(rank, folder):
    torch.set_num_threads(1)  # a forked child has no threads of its parent
    dist.init_process_group("gloo", f"file://{folder}/sync", rank=rank, world_size=2)
    guard = CollapseGuardHook(
        action="stop", interval=5, patience=1, begin=0, num_prototypes=K
    )
    runner = FakeRunner(nn.Module())
    try:
        play(guard, runner, range(1, 6), teacher_entropy=-1.0 * rank)  # mean -0.5
    except CollapseError as error:
        (folder / f"{rank}.txt").write_text(str(error))
    dist.destroy_process_group()


@pytest.mark.slow
def test_all_processes_stop_together(tmp_path):
    torch.multiprocessing.start_processes(
        _two_processes, args=(tmp_path,), nprocs=2, start_method="fork"
    )
    messages = [(tmp_path / f"{rank}.txt").read_text() for rank in range(2)]
    assert messages[0] == messages[1]
    assert messages[0].startswith(
        "Iteration 5: collapse to one prototype (in 1 checks in a row"
    )
