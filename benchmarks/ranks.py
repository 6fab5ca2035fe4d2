"""Train in several processes on one machine, as the ranks of a larger training do."""

import argparse
import os
import socket
import time
from typing import Any

import torch
import torch.distributed as dist
from mmengine.model import MMDistributedDataParallel
from torch.multiprocessing.spawn import start_processes

from benchmarks.crops import crop_views, synthetic_seed
from benchmarks.pretraining import build_ours, build_solider

__all__ = ["images_per_second"]

BATCH, LOCAL_VIEWS, PROTOTYPES = 8, 8, 65536


def images_per_second(processes: int, args: argparse.Namespace) -> float:
    """Images that all processes train on per second.

    Gradients, center and batch norm are exchanged by gloo; the cores are divided.

    Args:
        processes: How many.
        args: `arch`, `dtype`, `images` and `repeats` of the command line.

    Returns:
        Images per second of all together, from the slowest process's whole time.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    context = torch.multiprocessing.get_context("spawn")
    queue: Any = context.Queue()
    options = {k: getattr(args, k) for k in ("arch", "dtype", "images", "repeats")}
    start_processes(
        _rank, (processes, address, options, queue), processes, start_method="spawn"
    )
    slowest = max(queue.get() for _ in range(processes))
    return processes * BATCH * int(args.repeats) / float(slowest)


def _rank(
    rank: int, processes: int, address: str, options: dict[str, Any], queue: Any
) -> None:
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // processes))
    dist.init_process_group(
        "gloo", init_method=address, rank=rank, world_size=processes
    )
    model = build_solider(options["arch"], PROTOTYPES)
    training = build_ours(model, options["dtype"])
    wrapper: Any = MMDistributedDataParallel(model, device_ids=None)
    with crop_views(options["images"], BATCH, LOCAL_VIEWS) as views:
        batches = [views.batch(rank + n) for n in range(options["repeats"] + 1)]
    seconds = 0.0
    for number, batch in enumerate(batches):
        dist.barrier()
        start = time.perf_counter()
        torch.manual_seed(synthetic_seed(number, BATCH)[0])
        data = {"inputs": batch, "data_samples": None}
        wrapper.train_step(data, training.optim_wrapper)
        model.update_teacher(0.996)
        dist.barrier()
        seconds += (time.perf_counter() - start) * (number > 0)
    queue.put(seconds)
    dist.destroy_process_group()
