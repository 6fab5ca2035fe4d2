"""Adapt a config to the device: precision, and processes without a GPU."""

from __future__ import annotations

import logging

import torch
from mmengine.config import Config
from mmengine.logging import print_log

CPU_WRAPPER = "PretrainOptimWrapper"
GPU_WRAPPER = "PretrainAmpOptimWrapper"
MMENGINE_WRAPPERS = ("OptimWrapper", "AmpOptimWrapper")


def set_mixed_precision(cfg: Config) -> None:
    """Train in fp16 with a loss scale on a GPU, in bf16 on a CPU.

    Raises:
        ValueError: If the config's optimizer wrapper has no mixed-precision
            counterpart.
    """
    wrapper = cfg.optim_wrapper
    kind = _wrapper_kind(cfg)
    on_gpu = torch.cuda.is_available()
    if kind == CPU_WRAPPER and on_gpu:
        wrapper.type, wrapper.dtype = GPU_WRAPPER, "float16"
    elif kind in (CPU_WRAPPER, GPU_WRAPPER, *MMENGINE_WRAPPERS) and not on_gpu:
        wrapper.type, wrapper.dtype = CPU_WRAPPER, "bfloat16"
        wrapper.pop("loss_scale", None)
    elif kind == "OptimWrapper" and on_gpu:
        wrapper.type = "AmpOptimWrapper"
    elif kind not in (GPU_WRAPPER, "AmpOptimWrapper"):
        raise ValueError(
            f"--amp with optim_wrapper.type={kind!r}: expected {CPU_WRAPPER!r}, "
            f"{GPU_WRAPPER!r} or mmengine's {' or '.join(MMENGINE_WRAPPERS)}; leave "
            "--amp out or change the wrapper."
        )


def require_device(device: str | None) -> None:
    """Check that there is a GPU where one is asked for; log that a run uses the CPU.

    Args:
        device: What `--device` says, None for a GPU if there is one.

    Raises:
        ValueError: If a GPU is asked for and torch sees none.
    """
    if device == "cpu" or torch.cuda.is_available():
        return
    if device is not None:
        raise ValueError(
            f"the device is {device!r}, but torch {torch.__version__} sees no such "
            "GPU: give --device cpu (under mim, --gpus 0) for the CPU, or check the "
            "driver with nvidia-smi."
        )
    print_log(
        "No GPU: this run uses the CPU. --device cuda would refuse that.",
        logger="current",
        level=logging.WARNING,
    )


def adapt_config_to_device(cfg: Config) -> None:
    """Adapt a config written for GPUs to a machine without one; log the change.

    `PretrainAmpOptimWrapper` is replaced by bf16. mmengine's `AmpOptimWrapper` is used
    with hosts' code, which may not support bf16, and is replaced by full precision.
    """
    loader = cfg.get("train_dataloader") or {}
    if loader.get("num_workers") == 0:
        loader["persistent_workers"] = False  # torch refuses it without workers
    if _wrapper_kind(cfg) == GPU_WRAPPER and not torch.cuda.is_available():
        wanted = cfg.optim_wrapper.get("dtype")
        set_mixed_precision(cfg)
        if wanted == "float32":
            cfg.optim_wrapper.dtype = wanted
        print_log(
            f"No GPU: {GPU_WRAPPER} became {CPU_WRAPPER} in {cfg.optim_wrapper.dtype}. "
            "--cfg-options optim_wrapper.dtype=float32 chooses full precision.",
            logger="current",
            level=logging.WARNING,
        )
    elif _wrapper_kind(cfg) == "AmpOptimWrapper" and not torch.cuda.is_available():
        cfg.optim_wrapper.type = "OptimWrapper"
        for key in ("dtype", "loss_scale", "use_fsdp"):
            cfg.optim_wrapper.pop(key, None)
        print_log(
            "No GPU: AmpOptimWrapper became OptimWrapper, in full precision.",
            logger="current",
            level=logging.WARNING,
        )


def join_processes_on_cpu(cfg: Config) -> None:
    """Create the process group of `--launcher pytorch` on machines without a GPU.

    mmengine binds every process to a GPU, whatever the backend, but uses a group that
    already exists.
    """
    if cfg.get("launcher") != "pytorch" or torch.cuda.is_available():
        return
    torch.distributed.init_process_group("gloo")
    cfg.setdefault(
        "model_wrapper_cfg", {"type": "MMDistributedDataParallel", "device_ids": None}
    )


def _wrapper_kind(cfg: Config) -> str:
    wrapper = cfg.get("optim_wrapper") or {}
    return str(wrapper.get("type", "OptimWrapper")).removeprefix("solider_mm.")
