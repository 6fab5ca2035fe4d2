"""Two processes with batch b each are one process with 2b."""

import copy
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn

from solider_mm.models.selfsup import solider
from solider_mm.registry import MODELS

SEMANTIC_WEIGHT = torch.tensor([1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0])


def _step(
    config: dict, views: list[Tensor], weights: Tensor, scores: Tensor
) -> dict[str, Tensor]:
    """Two optimizer steps; λ and the scores of parts are given."""
    torch.manual_seed(0)
    module = MODELS.build(copy.deepcopy(config))
    model: nn.Module = module
    if dist.is_initialized():
        model = nn.parallel.DistributedDataParallel(module)
    optimizer = torch.optim.SGD(
        [p for p in module.parameters() if p.requires_grad], lr=0.1
    )
    solider.sample_semantic_weight = lambda count, _: weights
    module.mask_random_part = lambda images, idx, labels: solider.mask_part(
        images[idx], labels, solider.pick_part(labels, scores[idx])
    )
    losses = []
    for _ in range(2):
        optimizer.zero_grad()
        outputs = model(views, mode="loss")
        (outputs["loss_dino"] + outputs["loss_semantic"]).backward()
        optimizer.step()
        module.update_teacher(0.9)
        both = torch.stack([outputs["loss_dino"], outputs["loss_semantic"]]).detach()
        if dist.is_initialized():
            dist.all_reduce(both)
            both /= dist.get_world_size()
        losses.append(both)
    return {"losses": torch.stack(losses), **module.state_dict()}


def _process(rank: int, port: str, folder: Path) -> None:
    """Main function of each process; this file is its own script."""
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=2
    )
    config, views, scores = torch.load(folder / "inputs.pth")
    mine = slice(rank * 4, rank * 4 + 4)
    views = [view[mine] for view in views]
    scores = torch.cat([scores[:8][mine], scores[8:][mine]])
    result = _step(config, views, SEMANTIC_WEIGHT[mine], scores)
    torch.save(result, folder / f"{rank}.pth")
    dist.destroy_process_group()


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["paper", "official"])
def test_two_processes_equal_one(
    solider_config: dict, tmp_path: Path, unused_port: int, variant: str
) -> None:
    """With unequal shares of labeled images: three on one rank, one on the other."""
    solider_config["semantic_head"]["variant"] = variant
    solider_config["target_generator"]["min_foreground"] = 0.0
    generator = torch.Generator().manual_seed(1)
    sizes = [(64, 32)] * 2 + [(32, 16)] * 2
    views = [torch.randn(8, 3, h, w, generator=generator) for h, w in sizes]
    scores = torch.rand(16, 3, generator=generator)
    torch.save((solider_config, views, scores), tmp_path / "inputs.pth")
    processes = [
        subprocess.Popen(
            [sys.executable, __file__, str(rank), str(unused_port), str(tmp_path)]
        )
        for rank in range(2)
    ]
    assert [process.wait(timeout=300) for process in processes] == [0, 0]
    original = solider.sample_semantic_weight
    expected = _step(solider_config, views, SEMANTIC_WEIGHT, scores)
    solider.sample_semantic_weight = original
    ranks = [torch.load(tmp_path / f"{rank}.pth") for rank in range(2)]
    for name, value in expected.items():
        for rank in ranks:
            torch.testing.assert_close(
                rank[name],
                value,
                rtol=1e-5,
                atol=1e-5,
                msg=lambda m, n=name: f"{n}: {m}",
            )
    assert (expected["losses"] > 0).all()


if __name__ == "__main__":
    _process(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
