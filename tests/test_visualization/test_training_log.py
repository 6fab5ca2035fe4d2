import json
import math

import numpy as np
import pytest

from solider_mm.visualization.training_log import merge_records, read_training_log


def write_run(work_dir, stamp, records, config=None):
    folder = work_dir / stamp / "vis_data"
    folder.mkdir(parents=True)
    lines = [
        record if isinstance(record, str) else json.dumps(record) for record in records
    ]
    (folder / "scalars.json").write_text("\n".join(lines))
    if config:
        (folder / "config.py").write_text(config)


def rows(start, stop, value=0.0):
    return [{"iter": i, "loss": value} for i in range(start, stop)]


def test_resume_replaces_repeated_iterations():
    merged = merge_records([rows(1, 8, 1.0), [], rows(5, 11, 2.0)])
    assert [r["iter"] for r in merged] == list(range(1, 11))
    assert [r["loss"] for r in merged] == [1.0] * 4 + [2.0] * 6


def test_restart_replaces_all_records():
    assert merge_records([rows(1, 8, 1.0), rows(1, 3, 2.0)]) == rows(1, 3, 2.0)


def test_reads_work_folder_in_time_order(tmp_path):
    write_run(tmp_path / "run", "20260102_000000", rows(3, 5, 2.0), "model = dict()")
    write_run(
        tmp_path / "run",
        "20260101_000000",
        [*rows(1, 4, 1.0), {"top1": 0.3, "step": 1}, '{"iter": 4, "lo'],
        "model = dict(head=dict(out_channels=512), semantic_head=dict(num_parts=3))",
    )
    log = read_training_log(tmp_path / "run")
    assert log.name == "run"
    iterations, values = log.series("absent", "loss")
    assert iterations.tolist() == [1, 2, 3, 4]
    assert values.tolist() == [1, 1, 2, 2]
    assert log.num_prototypes is None  # the newest config counts


def test_reads_sizes_from_config_and_nan_values(tmp_path):
    config = (
        "model = dict(head=dict(out_channels=512), semantic_head=dict(num_parts=3))"
    )
    records = ['{"iter": 1, "loss": NaN, "note": "text"}']
    write_run(tmp_path, "20260101_000000", records, config)
    log = read_training_log(tmp_path, name="stage one")
    assert (log.name, log.num_prototypes, log.num_parts) == ("stage one", 512, 3)
    assert math.isnan(log.series("loss")[1][0])
    assert log.series("note")[0].size == 0


def test_reads_single_file(tmp_path):
    (tmp_path / "log.json").write_text('{"iter": 3, "loss": 2}\n')
    iterations, values = read_training_log(tmp_path / "log.json").series("loss")
    np.testing.assert_array_equal([iterations, values], [[3.0], [2.0]])


def test_refuses_path_without_log(tmp_path):
    with pytest.raises(FileNotFoundError, match="no training scalars under"):
        read_training_log(tmp_path)
    with pytest.raises(FileNotFoundError, match="no training scalars under"):
        read_training_log(tmp_path / "absent")
