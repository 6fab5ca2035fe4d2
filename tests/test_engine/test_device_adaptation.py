"""Fitting a config to the device: precision, processes without a GPU."""

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import OPTIM_WRAPPERS

from solider_mm.engine import device_adaptation


@pytest.mark.parametrize("scope", ["", "solider_mm."])
def test_mixed_precision_follows_the_device(monkeypatch, scope: str) -> None:
    cfg = Config(dict(optim_wrapper=dict(type=f"{scope}PretrainOptimWrapper")))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    device_adaptation.set_mixed_precision(cfg)
    assert cfg.optim_wrapper == dict(type="PretrainOptimWrapper", dtype="bfloat16")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    device_adaptation.set_mixed_precision(cfg)
    assert cfg.optim_wrapper == dict(type="PretrainAmpOptimWrapper", dtype="float16")


def test_a_gpu_recipe_fits_itself_to_a_cpu(monkeypatch) -> None:
    wrapper = dict(type="PretrainAmpOptimWrapper", loss_scale="dynamic")
    cfg = Config(dict(optim_wrapper=wrapper))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    device_adaptation.adapt_config_to_device(cfg)
    assert cfg.optim_wrapper == wrapper
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    device_adaptation.adapt_config_to_device(cfg)
    assert cfg.optim_wrapper == dict(type="PretrainOptimWrapper", dtype="bfloat16")


def test_mixed_precision_refuses_what_it_cannot_do(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    cfg = Config(dict(optim_wrapper=dict(type="ApexOptimWrapper")))
    with pytest.raises(ValueError, match=r"--amp with optim_wrapper\.type='ApexOptim"):
        device_adaptation.set_mixed_precision(cfg)


def test_mixed_precision_of_a_task_is_bf16_on_a_cpu(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    wrapper = dict(type="OptimWrapper", clip_grad=dict(max_norm=10))
    cfg = Config(dict(optim_wrapper=wrapper))
    device_adaptation.set_mixed_precision(cfg)
    bf16 = dict(wrapper, type="PretrainOptimWrapper", dtype="bfloat16")
    assert cfg.optim_wrapper == bf16
    assert OPTIM_WRAPPERS.get("PretrainOptimWrapper") is not None


def test_full_precision_can_be_chosen_on_a_cpu(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    wrapper = dict(type="PretrainAmpOptimWrapper", dtype="float32")
    cfg = Config(dict(optim_wrapper=wrapper))
    device_adaptation.adapt_config_to_device(cfg)
    assert cfg.optim_wrapper == dict(type="PretrainOptimWrapper", dtype="float32")


@pytest.mark.parametrize("device", ["cuda", "cuda:3"])
def test_missing_gpu_is_refused(monkeypatch, device: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match=f"'{device}'.*sees no such GPU: give --dev"):
        device_adaptation.require_device(device)
    device_adaptation.require_device("cpu")
    device_adaptation.require_device(None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    device_adaptation.require_device(device)


def test_processes_without_a_gpu_join_by_gloo(monkeypatch) -> None:
    joined = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.distributed, "init_process_group", joined.append)
    cfg = Config(dict(launcher="none"))
    device_adaptation.join_processes_on_cpu(cfg)
    assert joined == [] and "model_wrapper_cfg" not in cfg
    cfg = Config(dict(launcher="pytorch"))
    device_adaptation.join_processes_on_cpu(cfg)
    assert joined == ["gloo"]
    assert cfg.model_wrapper_cfg.device_ids is None


def test_gpus_are_left_to_mmengine(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    cfg = Config(dict(launcher="pytorch"))
    device_adaptation.join_processes_on_cpu(cfg)
    assert "model_wrapper_cfg" not in cfg


def test_a_hosts_mixed_precision_becomes_full_without_a_gpu(monkeypatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    wrapper = dict(type="AmpOptimWrapper", loss_scale="dynamic", clip_grad=dict(a=1))
    cfg = Config(dict(optim_wrapper=wrapper))
    device_adaptation.adapt_config_to_device(cfg)
    assert cfg.optim_wrapper == dict(type="OptimWrapper", clip_grad=dict(a=1))
