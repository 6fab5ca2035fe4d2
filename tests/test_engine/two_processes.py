"""Train two iterations of every pretraining config in this process of two.

Run by test_two_processes.py with the variables of a launcher. The networks are those of
the nano configs, so that all runs fit on a CPU; everything else is as shipped.
"""

import sys
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import Runner

from solider_mm.engine import device_adaptation, launching

NANO = {
    "DINOPretrain": "dino_swin-nano_1xb32-bf16-coslr-10e_synthetic-64x32.py",
    "SOLIDER": "solider_swin-nano_1xb32-bf16-coslr-5e-from-dino_synthetic-64x32.py",
}


def main(configs: Path, images: str, out: Path) -> None:
    """Train; print the name of each config that has trained."""
    joined = None
    for path in sorted(configs.glob("*.py")):
        cfg = launching.load_config(str(path))
        nano = Config.fromfile(configs / NANO[cfg.model.type.rpartition(".")[2]])
        preprocessor = cfg.model.data_preprocessor
        cfg.model = nano.model
        cfg.model.data_preprocessor = preprocessor
        loader = cfg.train_dataloader
        loader.update(batch_size=2, num_workers=0)
        loader.dataset.update(data_root=images, layout="folder")
        for key in ("subset", "list_file", "lmdb", "shards"):
            loader.dataset.pop(key, None)
        cfg.load_from = None
        cfg.launcher = "pytorch"
        cfg.work_dir = str(out / path.stem)
        device_adaptation.adapt_config_to_device(cfg)
        if joined is None:
            device_adaptation.join_processes_on_cpu(cfg)
            joined = cfg.model_wrapper_cfg
        cfg.model_wrapper_cfg = joined
        train(cfg)
        sys.stdout.write(f"trained {path.stem}\n")


def train(cfg: Config) -> None:
    """Train one epoch of two iterations."""
    cfg.train_cfg.max_epochs = 1
    runner: Runner = launching.build_runner(cfg)
    launching.require_batches(runner)
    runner.train()
    assert runner.iter == len(runner.train_dataloader) == 2


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
