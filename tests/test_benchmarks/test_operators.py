import torch

from benchmarks import operators


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
