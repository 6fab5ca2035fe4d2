"""Short runs of the nano config on synthetic pedestrians."""

from types import SimpleNamespace

import pytest
import torch

pytestmark = pytest.mark.host("mmseg")
pytest.importorskip("mmseg")

from mmengine.config import Config  # noqa: E402
from mmengine.registry import HOOKS, DefaultScope  # noqa: E402
from mmengine.runner import Runner  # noqa: E402

CONFIG = "ce2p_solider-swin-nano_1xb16-12e_synthetic-128x88.py"
SIZE = (64, 48)


def config(root, data, work_dir):
    cfg = Config.fromfile(root / "configs" / "human_parsing" / CONFIG)
    cfg.work_dir = str(work_dir)
    for name in ("train_dataloader", "val_dataloader", "test_dataloader"):
        loader = cfg[name]
        loader.update(batch_size=4, num_workers=0, persistent_workers=False)
        loader.dataset.data_root = str(data)
        for transform in loader.dataset.pipeline:
            if transform.type == "solider_mm.PersonAffine":
                transform["size"] = SIZE
    cfg.train_cfg.update(max_epochs=4, val_interval=4)
    cfg.custom_hooks[1].update(start_epoch=1, cycle_epochs=2)
    cfg.param_scheduler = [
        dict(
            type="CosineRestartLR",
            periods=[2, 2],
            restart_weights=[1.0, 0.5],
            eta_min=1e-5,
        )
    ]
    cfg.default_hooks.checkpoint.update(interval=1, max_keep_ckpts=-1)
    return cfg


def run(cfg):
    cfg.experiment_name = str(cfg.work_dir).replace("/", "_")
    with DefaultScope.overwrite_default_scope("mmseg"):
        runner = Runner.from_cfg(cfg)
        runner.train()
    return runner


def hook_of(runner):
    return next(h for h in runner.hooks if type(h).__name__ == "SelfCorrectionHook")


def read(path):
    return torch.load(path, map_location="cpu", weights_only=False)


@pytest.fixture(scope="module")
def straight(root, synthetic_lip, tmp_path_factory):
    """Four uninterrupted epochs; cycles end after the first and the third."""
    work_dir = tmp_path_factory.mktemp("straight")
    return work_dir, run(config(root, synthetic_lip, work_dir))


def test_cycles_and_files(straight):
    work_dir, runner = straight
    assert hook_of(runner).finished_cycles == 2
    first, second = (read(work_dir / f"self_correction_{n}.pth") for n in (1, 2))
    assert first["meta"]["finished_cycles"] == 1
    assert len(second["meta"]["dataset_meta"]["classes"]) == 20
    one, three = (read(work_dir / f"epoch_{n}.pth")["state_dict"] for n in (1, 3))
    # State dicts keep the released names of the semantic controllers.
    parameters = (name for name, _ in runner.model.named_parameters())
    for name in (name.replace("controller.", "") for name in parameters):
        torch.testing.assert_close(first["state_dict"][name], one[name], rtol=0, atol=0)
        mean = (one[name].double() + three[name].double()) / 2
        # A weight of 2 has a neighbor in float32 that is 2.4e-7 away.
        torch.testing.assert_close(
            second["state_dict"][name].double(), mean, rtol=1e-7, atol=1e-7
        )


def test_soft_targets_are_used_after_the_first_cycle(straight):
    work_dir, _ = straight
    logged = next(work_dir.glob("*/vis_data/scalars.json")).read_text().splitlines()
    assert "loss_soft_fusion" not in logged[0]
    assert any("loss_soft_fusion" in line for line in logged)


def test_run_resumed_within_a_cycle_ends_with_the_same_weights(
    straight, root, synthetic_lip, tmp_path
):
    work_dir, before = straight
    cfg = config(root, synthetic_lip, tmp_path)
    cfg.resume, cfg.load_from = True, str(work_dir / "epoch_2.pth")
    after = run(cfg)
    assert hook_of(after).finished_cycles == 2
    for one, other in (
        (before.model, after.model),
        (hook_of(before).average, hook_of(after).average),
    ):
        for name, value in one.state_dict().items():
            torch.testing.assert_close(
                other.state_dict()[name], value, rtol=0, atol=0, msg=name
            )


def test_average_loads_like_any_checkpoint(straight, root, synthetic_lip, tmp_path):
    work_dir, _ = straight
    cfg = config(root, synthetic_lip, tmp_path)
    cfg.experiment_name = "average"
    cfg.load_from = str(work_dir / "self_correction_2.pth")
    with DefaultScope.overwrite_default_scope("mmseg"):
        metrics = Runner.from_cfg(cfg).test()
    assert 0 < metrics["mIoU"] < 100
    assert metrics["aAcc"] > metrics["mIoU"]
    assert "IoU/Hair" in metrics


def build(**kwargs):
    return HOOKS.build(dict(type="solider_mm.SelfCorrectionHook", **kwargs))


def test_cycles_end_at_the_published_epochs():
    hook = build(start_epoch=120, cycle_epochs=10)
    ends = []
    hook._finish_cycle = lambda runner: ends.append(runner.epoch + 1)
    for epoch in range(150):
        hook.after_train_epoch(SimpleNamespace(epoch=epoch))
    assert ends == [120, 130, 140, 150]


def test_refuses_numbers_below_one():
    with pytest.raises(ValueError, match="start_epoch=0"):
        build(start_epoch=0, cycle_epochs=1)


def test_refuses_to_resume_without_the_average():
    hook = build(start_epoch=3, cycle_epochs=2)
    hook.after_load_checkpoint(SimpleNamespace(_resume=True), {"state_dict": {}})
    with pytest.raises(
        ValueError, match=r"epoch 4, after .* checkpoint has no average"
    ):
        hook.before_train(SimpleNamespace(epoch=4))


def test_refuses_outputs_other_than_ce2p():
    hook = build(start_epoch=1, cycle_epochs=1)

    class Plain(torch.nn.Module):
        def data_preprocessor(self, data, training):
            return data

        def forward(self, inputs, mode):
            return inputs

    hook.average = Plain()
    with pytest.raises(ValueError, match="output is Tensor, expected the parsing"):
        hook.before_train_iter(None, 0, {"inputs": torch.zeros(1)})
