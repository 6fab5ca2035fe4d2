import pytest
import torch

from solider_mm.functional.view_params import (
    COLOR_ORDERS,
    ViewParams,
    params_to_tensor,
    tensor_to_params,
)


def test_orders_are_all_and_different() -> None:
    assert len(COLOR_ORDERS) == len(set(COLOR_ORDERS)) == 24
    assert all(len(set(order)) == 4 for order in COLOR_ORDERS)


def test_there_and_back() -> None:
    draws = [
        ViewParams(3, 4, 100, 50),
        ViewParams(0, 1, 7, 9, True, 23, 1.25, 0.5, 1.125, -0.25, True, 1.5, True),
    ]
    table = params_to_tensor(draws)
    assert table.shape == (2, 13)
    assert table.dtype == torch.float32
    back = tensor_to_params(table)
    assert back == draws
    assert [type(value) for value in back[1]] == [type(value) for value in draws[1]]


def test_float_is_kept_to_single_precision() -> None:
    (back,) = tensor_to_params(params_to_tensor([ViewParams(0, 0, 1, 1, hue=0.1)]))
    assert back.hue == pytest.approx(0.1, abs=1e-8)
