import torch

from solider_mm.functional.view_params import (
    COLOR_ORDERS,
    ViewParams,
    params_to_tensor,
)


def test_color_orders_are_all_different() -> None:
    assert len(COLOR_ORDERS) == len(set(COLOR_ORDERS)) == 24
    assert all(len(set(order)) == 4 for order in COLOR_ORDERS)


def test_table_has_one_column_per_attribute() -> None:
    params = [
        ViewParams(3, 4, 100, 50),
        ViewParams(0, 1, 7, 9, True, 23, 1.25, 0.5, 1.125, -0.1, True, 1.5, True),
    ]
    expected = [
        [3, 4, 100, 50, 0, 0, 1, 1, 1, 0, 0, 0, 0],
        [0, 1, 7, 9, 1, 23, 1.25, 0.5, 1.125, -0.1, 1, 1.5, 1],
    ]
    table = params_to_tensor(params)
    assert table.dtype == torch.float32
    assert torch.equal(table, torch.tensor(expected))
