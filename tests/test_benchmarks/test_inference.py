"""Feature extraction, timed."""

import torch

from benchmarks import inference


def test_one_row_per_batch_type_and_number_of_weights(capsys):
    command = "--batches 1 2 --size 32x32 --sweep 3 --dtypes fp32 --repeats 2"
    assert inference.main(command.split()) == 0
    lines = capsys.readouterr().out.splitlines()[4:-1]
    rows = [line.split()[:3] for line in lines]
    assert rows == [["1", "fp32", n] for n in "13"] + [["2", "fp32", n] for n in "13"]


def test_both_sides_extract_the_same():
    ours, other = inference.build_sides("tiny", "cpu")
    images, weight = torch.randn(2, 3, 64, 32), torch.tensor([0.2, 1.0])
    with torch.inference_mode():
        own, theirs = ours(images, weight), other(images, weight)
    torch.testing.assert_close(own, theirs, rtol=0, atol=1e-5)


def test_a_sweep_asks_for_every_weight():
    asked = []
    run = inference.sweep(
        lambda images, weight: asked.append(weight.tolist()) or images,
        torch.zeros(2, 3, 8, 8),
        3,
        "fp32",
        "cpu",
    )
    run(0)
    assert asked == [[0.0] * 2, [0.5] * 2, [1.0] * 2]
