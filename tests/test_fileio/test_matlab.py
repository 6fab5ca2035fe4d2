"""MATLAB files are read as by scipy; damaged ones are named and never crash."""

import multiprocessing
import signal
import textwrap

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from solider_mm.fileio import matlab
from solider_mm.fileio.matlab import read_mat


@pytest.fixture
def file(tmp_path):
    names = np.empty((2, 1), dtype=object)
    names[:, 0] = ["a.jpg", "b.jpg"]
    content = {"names": names, "table": np.arange(6.0), "s": {"x": 1, "y": "text"}}
    savemat(tmp_path / "a.mat", content, do_compression=True)
    return tmp_path / "a.mat"


@pytest.mark.parametrize("options", [{}, {"simplify_cells": True}])
def test_equals_scipy(file, options):
    found, expected = read_mat(file, **options), loadmat(file, **options)
    assert found.keys() == expected.keys()
    for name in ("names", "table"):
        np.testing.assert_array_equal(found[name], expected[name])
    if options:
        assert found["s"] == {"x": 1, "y": "text"}
    else:
        assert found["s"]["y"].item() == ["text"]


def test_absent_and_empty_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"a\.mat' does not exist"):
        read_mat(tmp_path / "a.mat")
    (tmp_path / "a.mat").touch()
    with pytest.raises(ValueError, match=r"a\.mat' is not a readable.*it is empty"):
        read_mat(tmp_path / "a.mat")
    with pytest.raises(ValueError, match=r"is not a readable MATLAB file"):
        read_mat(tmp_path)


@pytest.mark.parametrize("header", [0, 512])
def test_format_7_3_is_named_with_the_remedy(tmp_path, header):
    (tmp_path / "a.mat").write_bytes(bytes(header) + b"\x89HDF\r\n\x1a\n" + bytes(99))
    with pytest.raises(ValueError, match=r"a\.mat' has MATLAB's format 7\.3.*-v7"):
        read_mat(tmp_path / "a.mat")


@pytest.mark.slow
def test_flipped_bytes_give_content_or_an_error_that_names_the_file(file):
    data = file.read_bytes()
    savemat(file, {"s": {"x": np.arange(9), "y": "text"}}, do_compression=False)
    plain = file.read_bytes()
    rng = np.random.default_rng(0)
    for number in range(300):
        damaged = bytearray(data if number % 2 else plain)
        for position in rng.integers(120, len(damaged), 3):
            damaged[position] = rng.integers(256)
        file.write_bytes(damaged)
        try:
            read_mat(file)
        except ValueError as error:
            assert "a.mat' is not a readable MATLAB file" in str(error)


def test_crash_of_the_reader_is_an_error_and_the_next_file_is_read(
    file, tmp_path, monkeypatch
):
    crashing = tmp_path / "worker.py"
    crashing.write_text(
        textwrap.dedent(
            f"""
            import os, sys
            sys.stdin.buffer.read(1)
            os.kill(os.getpid(), {int(signal.SIGSEGV)})
            """
        )
    )
    matlab._READER.stop()
    with monkeypatch.context() as patch:
        patch.setattr(matlab, "_WORKER", crashing)
        with pytest.raises(ValueError, match=r"a\.mat' .*the reader crashed"):
            read_mat(file)
    assert read_mat(file)["table"].shape == (1, 6)


def read_in_child(file, queue):
    queue.put(read_mat(file)["table"].sum())


def test_forked_processes_read_by_themselves(file):
    assert read_mat(file)["table"].sum() == 15
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    children = [
        context.Process(target=read_in_child, args=(file, queue)) for _ in range(2)
    ]
    for child in children:
        child.start()
    assert [queue.get(timeout=60) for _ in children] == [15, 15]
    for child in children:
        child.join()
    assert read_mat(file)["table"].sum() == 15
