"""Answers for own images against the bare computation, timed."""

import cv2
import numpy as np
import pytest

from benchmarks import answers


def table(capsys, command):
    """Rows of the printed table, without its head."""
    assert answers.main(command.split()) == 0
    lines = capsys.readouterr().out.splitlines()
    head = next(n for n, line in enumerate(lines) if not line) + 1
    return lines[head + 1 :]


def test_folder_has_a_row_per_backbone(capsys):
    rows = table(capsys, "folder --images 3 --archs nano --batch 2 --repeats 2")
    assert rows[0].startswith("nano, 64×32")
    assert rows[0].endswith("0.90")


def test_both_sides_of_the_folder_run_the_same_backbone(tmp_path):
    extractor = answers.build_extractor("nano", tmp_path)
    calls = []
    extractor.model.register_forward_hook(
        lambda _, inputs, __: calls.append(tuple(inputs[0].shape))
    )
    folder = answers.write_crops(tmp_path / "crops", 5)
    extractor(folder, 0.2, batch_size=2)
    ours, calls[:] = list(calls), []
    answers.bare_forward(extractor, 5, 2)(0)
    assert calls == ours == [(2, 3, 64, 32)] * 2 + [(1, 3, 64, 32)]


def test_gallery_is_compared_with_torch(capsys):
    command = "gallery --gallery 40 --queries 3 --channels 8 --topk 5 --repeats 2"
    (row,) = table(capsys, command)
    assert row.startswith("top 5")


def test_memory_is_sampled_over_a_video(capsys):
    rows = table(capsys, "video --frames 12 --batch 4")
    assert rows[0].split()[0] == "features"
    assert rows[0].endswith("%")


def test_the_video_has_all_frames(tmp_path):
    path = answers.write_video(tmp_path / "long.mp4", 7)
    stream = cv2.VideoCapture(str(path))
    frames = []
    while (frame := stream.read()[1]) is not None:
        frames.append(frame)
    assert len(frames) == 7
    assert frames[0].shape == (240, 320, 3)
    assert np.abs(frames[0].astype(int) - frames[6]).mean() > 1


def test_start_runs_a_process_per_task(capsys, monkeypatch):
    asked = []

    def run(command, **_):
        asked.append(command[2:4])

    monkeypatch.setattr(answers.subprocess, "run", run)
    rows = table(capsys, "start --tasks features parts --repeats 2")
    expected = [["solider_mm", "features"]] * 2 + [["solider_mm", "parts"]] * 2
    assert asked == expected
    assert [row.split()[0] for row in rows[:2]] == ["features", "parts"]


def test_an_unknown_subject_is_refused(capsys):
    with pytest.raises(SystemExit):
        answers.main(["speed"])
    assert "speed" in capsys.readouterr().err
