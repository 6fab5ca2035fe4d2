import torch

from benchmarks import operators
from benchmarks.pretraining import build_ours, build_solider


def test_calls_are_counted_with_and_without_views() -> None:
    counter = operators.OperatorCounter()
    with counter:
        torch.ones(2, 3).t() + 1
    assert counter.total() == 3
    assert counter.total(views=False) == 2
    assert counter.calls["t.default"] == 1


def test_counter_stops_after_its_context() -> None:
    counter = operators.OperatorCounter()
    with counter:
        pass
    torch.ones(2)
    assert counter.total() == 0


def test_a_step_of_swin_t_dispatches_few_operators() -> None:
    """Two global and two local views; a view more costs a handful."""
    training = build_ours(build_solider("tiny", 64), "bf16")
    sizes = [(256, 128)] * 2 + [(128, 64)] * 2
    views = [torch.randint(256, (2, 3, h, w), dtype=torch.uint8) for h, w in sizes]
    training.step(views, 0)
    counter = operators.OperatorCounter()
    with counter:
        training.step(views, 0)
    assert counter.total() < 3850
    casts = counter.calls["_to_copy.default"]
    assert casts < 150, "weights are cast one by one"
