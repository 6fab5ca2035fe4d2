"""OIM loss against golden numbers, a hand calculation and two processes."""

import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist
import torch.nn.functional as F

pytestmark = pytest.mark.host("mmdet")
pytest.importorskip("mmdet")

from mmdet.registry import MODELS  # noqa: E402

from solider_mm.downstream.person_search.oim_loss import update_table  # noqa: E402


def make_loss(**kwargs):
    return MODELS.build(dict(type="solider_mm.OIMLoss", **kwargs))


def golden_loss(golden, name):
    loss = make_loss(
        num_persons=int(golden[f"{name}_num_pids"]),
        queue_size=int(golden[f"{name}_cq_size"]),
        channels=golden[f"{name}_lut_init"].shape[1],
        momentum=float(golden[f"{name}_momentum"]),
        scale=float(golden[f"{name}_scalar"]),
    )
    loss.lut.copy_(torch.from_numpy(golden[f"{name}_lut_init"]))
    loss.queue.copy_(torch.from_numpy(golden[f"{name}_cq_init"]))
    loss.pointer.fill_(int(golden[f"{name}_header_init"]))
    return loss


def golden_step(golden, name, step):
    """Foreground vectors and identities of a step, −1 for unlabeled people."""
    rows = torch.from_numpy(golden[f"{name}_inputs"][step]).flatten(0, 1)
    labels = torch.from_numpy(golden[f"{name}_roi_label"][step]).flatten()
    person = labels > 0
    identities = labels - 1
    identities[identities >= int(golden[f"{name}_num_pids"])] = -1
    return rows, person, identities


@pytest.mark.parametrize("name", ["main", "nolabel"])
def test_losses_gradients_and_buffers_step_by_step(golden_dir, name):
    golden = np.load(golden_dir / "oim_loss.npz")
    loss = golden_loss(golden, name)
    for step, expected in enumerate(golden[f"{name}_loss"]):
        rows, person, identities = golden_step(golden, name, step)
        rows.requires_grad_()
        value = loss(rows[person], identities[person])
        value.backward()
        # The official loss of a batch without a name is NaN; ours is 0.
        assert value.item() == pytest.approx(np.nan_to_num(expected), abs=1e-5)
        gradient = golden[f"{name}_grad"][step].reshape(rows.shape)
        np.testing.assert_allclose(rows.grad, gradient, rtol=1e-4, atol=1e-6)
        for ours, theirs in (
            (loss.lut, golden[f"{name}_lut"][step]),
            (loss.queue, golden[f"{name}_cq"][step]),
        ):
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)
        assert int(loss.pointer) == int(golden[f"{name}_header"][step])


def test_identities_beyond_the_table_only_enter_the_queue(golden_dir):
    """The released code also treats them as classes (docs/reference.md §S5)."""
    golden = np.load(golden_dir / "oim_loss.npz")
    loss = golden_loss(golden, "quirk")
    for step in range(len(golden["quirk_loss"])):
        rows, person, identities = golden_step(golden, "quirk", step)
        loss(rows[person], identities[person])
        for ours, theirs in ((loss.lut, "lut"), (loss.queue, "cq")):
            expected = golden[f"quirk_{theirs}"][step]
            np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-6)


def test_one_step_by_hand():
    """P = 2, Q = 1, D = 2: e = (0.6, 0.8) is identity 0, whose row is (1, 0)."""
    loss = make_loss(num_persons=2, queue_size=1, channels=2, scale=1.0)
    loss.lut.copy_(torch.eye(2))
    value = loss(torch.tensor([[0.6, 0.8]]), torch.tensor([0]))
    expected = -0.6 + np.log(np.exp(0.6) + np.exp(0.8) + 1)  # the queue is zero
    assert value.item() == pytest.approx(expected, abs=1e-6)
    torch.testing.assert_close(
        loss.lut[0], F.normalize(torch.tensor([0.8, 0.4]), dim=0)
    )


def naive_table(table, embeddings, identities, momentum):
    table = table.clone()
    for row, person in zip(embeddings, identities.tolist(), strict=True):
        mixed = momentum * table[person] + (1 - momentum) * row
        table[person] = mixed / mixed.norm()
    return table


def test_table_is_updated_in_the_order_of_the_rows():
    table = F.normalize(torch.randn(5, 8), dim=1)
    rows = F.normalize(torch.randn(40, 8), dim=1)
    people = torch.randint(5, (40,))
    expected = naive_table(table, rows, people, 0.3)
    update_table(table, rows, people, 0.3)
    torch.testing.assert_close(table, expected)


@pytest.mark.parametrize("count", [0, 1, 3, 7, 11])
def test_queue_is_circular(count):
    loss = make_loss(num_persons=1, queue_size=3, channels=1)
    loss.pointer.fill_(2)
    expected, pointer = [0.0, 0.0, 0.0], 2
    for value in range(1, count + 1):
        expected[pointer] = float(value)
        pointer = (pointer + 1) % 3
    rows = torch.arange(1.0, count + 1)[:, None]
    loss(rows, torch.full((count,), -1))
    assert loss.queue[:, 0].tolist() == expected
    assert int(loss.pointer) == pointer


def test_loss_without_labeled_people_is_zero_with_a_graph():
    loss = make_loss(num_persons=4, queue_size=4, channels=8)
    rows = F.normalize(torch.randn(3, 8), dim=1).requires_grad_()
    value = loss(rows, torch.full((3,), -1))
    value.backward()
    assert value.item() == 0
    assert rows.grad.abs().sum() == 0
    assert int(loss.pointer) == 3


def test_evaluation_changes_nothing():
    loss = make_loss(num_persons=2, queue_size=2, channels=8).eval()
    loss(torch.ones(2, 8), torch.tensor([0, -1]))
    assert loss.lut.abs().sum() + loss.queue.abs().sum() + loss.pointer == 0


def test_buffers_are_saved():
    loss = make_loss(num_persons=2, queue_size=2, channels=8)
    assert set(loss.state_dict()) == {"lut", "queue", "pointer"}


def test_refuses_invalid_sizes_and_identities():
    loss = make_loss(num_persons=2, queue_size=2, channels=8)
    with pytest.raises(
        ValueError, match="identity 2 is outside of the table of 2 rows"
    ):
        loss(torch.ones(1, 8), torch.tensor([2]))
    with pytest.raises(ValueError, match="queue_size=0"):
        make_loss(num_persons=2, queue_size=0)


def _rows(rank):
    """Vectors of one process: 5 on the first, 2 on the second, all different."""
    generator = torch.Generator().manual_seed(rank)
    count = (5, 2)[rank]
    rows = F.normalize(torch.randn(count, 4, generator=generator), dim=1)
    return rows, torch.tensor([0, -1, 1, 0, -1, 0, -1])[5 * rank :][:count]


def _process(rank: int, port: str, folder: Path) -> None:
    """Main function of each of the two processes."""
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=2
    )
    loss = make_loss(num_persons=2, queue_size=4, channels=4)
    loss(*_rows(rank))
    torch.save(loss.state_dict(), folder / f"{rank}.pth")


@pytest.mark.slow
def test_two_processes_update_as_one(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    running = [
        subprocess.Popen([sys.executable, __file__, str(rank), port, str(tmp_path)])
        for rank in range(2)
    ]
    assert [process.wait(timeout=300) for process in running] == [0, 0]
    loss = make_loss(num_persons=2, queue_size=4, channels=4)
    (first, a), (second, b) = _rows(0), _rows(1)
    loss(torch.cat([first, second]), torch.cat([a, b]))
    for rank in range(2):
        saved = torch.load(tmp_path / f"{rank}.pth")
        for name, value in loss.state_dict().items():
            torch.testing.assert_close(saved[name], value)


if __name__ == "__main__":
    _process(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
