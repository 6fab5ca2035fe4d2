import builtins
import os
from functools import partial
from pathlib import Path

import pytest

from solider_mm.engine.job_queue import run_jobs


def write_process(path, succeeds=True):
    """Write the number of the process that runs this."""
    path.write_text(str(os.getpid()))
    return succeeds


def broken():
    raise RuntimeError("out of memory")


def test_runs_jobs_in_order_and_keeps_what_they_return(tmp_path):
    jobs = [partial(write_process, tmp_path / str(n), n != 1) for n in range(3)]
    assert run_jobs(jobs, "jobs", tmp_path) == [True, False, True]
    assert (tmp_path / "2").read_text() == str(os.getpid())
    assert run_jobs([], "jobs", tmp_path) == []


@pytest.mark.parametrize("cluster", ["local", "debug"])
def test_submitit_runs_jobs_and_one_that_fails_stops_no_other(tmp_path, cluster):
    pytest.importorskip("submitit")
    jobs = [
        partial(Path.mkdir, tmp_path / "absent" / "a"),  # raises
        partial(Path.write_text, tmp_path / "b", "written"),
        partial(Path.is_file, tmp_path / "c"),
    ]
    options = ["timeout_min=5"]
    done = run_jobs(jobs, "jobs", tmp_path / "logs", cluster, options)
    assert done == [False, True, False]
    assert (tmp_path / "b").read_text() == "written"


def test_names_the_extra_without_submitit(tmp_path, monkeypatch):
    original = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "submitit":
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'solider_mm\[slurm\]'"):
        run_jobs([broken], "jobs", tmp_path, "slurm")
