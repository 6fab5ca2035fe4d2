"""The sweep tool with planted trainings."""

import json

import pytest

from tools.analysis_tools import sweep as tool

SWEEP = """
config: a.py
axes: {model.alpha: [0.1, 0.5]}
seeds: [0, 1]
options: {max_epochs: 2}
"""


@pytest.fixture
def planted(monkeypatch):
    """Trainings that write a result at once; every command is noted."""
    commands = []

    def succeeds(words, log):
        commands.append([str(word) for word in words])
        words = commands[-1]
        if "tools/train.py" in words:
            folder = words[words.index("--work-dir") + 1]
            alpha = next(w for w in words if w.startswith("model.alpha="))
            if alpha == "model.alpha=bad":
                return False
            with open(f"{folder}/last_checkpoint", "w") as file:
                file.write(f"{folder}/epoch_2.pth {alpha.split('=')[1]}")
            return True
        value = float(words[words.index("--checkpoint") + 1].split()[-1])
        entry = {"semantic_weight": 1.0, "part_geometry": {"value": 10 * value}}
        with open(words[words.index("--json") + 1], "w") as file:
            json.dump({"results": [{"semantic_weight": 0.0}, entry]}, file)
        return True

    monkeypatch.setattr(tool, "succeeds", succeeds)
    return commands


def run(tmp_path, *options, text=SWEEP):
    (tmp_path / "s.yml").write_text(text)
    folder = ["--work-dir", str(tmp_path / "runs")]
    return tool.main([str(tmp_path / "s.yml"), *folder, *options])


def test_trains_and_probes_every_variant_once(tmp_path, planted, capsys):
    plot, target = tmp_path / "sweep.png", tmp_path / "sweep.json"
    assert run(tmp_path, "--plot", str(plot), "--json", str(target)) == 0
    assert len(planted) == 8
    assert {"max_epochs=2", "model.alpha=0.1", "randomness.seed=0"} <= set(planted[0])
    assert "alpha=0.5" in capsys.readouterr().out
    content = json.loads(target.read_text())
    assert content["values"] == {"alpha=0.1": [1.0, 1.0], "alpha=0.5": [5.0, 5.0]}
    assert plot.stat().st_size > 1000
    run(tmp_path)
    assert len(planted) == 8  # finished variants are skipped


def test_resumes_after_an_interruption(tmp_path, planted, monkeypatch):
    plain = tool.succeeds

    def killed(words, log):
        if len(planted) == 3:
            raise KeyboardInterrupt
        return plain(words, log)

    monkeypatch.setattr(tool, "succeeds", killed)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path)
    monkeypatch.setattr(tool, "succeeds", plain)
    assert run(tmp_path) == 0
    assert len(planted) == 9  # the second training, resumed, is the one repeated
    assert "--resume" in planted[3]


def test_a_failed_variant_does_not_stop_the_others(tmp_path, planted, capsys):
    options = ["--search-args", "--model.alpha bad 0.5"]
    assert run(tmp_path, *options) == 1
    told = capsys.readouterr()
    assert "failed: alpha=bad_seed=0" in told.err
    assert "alpha=0.5" in told.out


def test_relative_work_dir_is_below_the_current_folder(tmp_path, planted, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.yml").write_text(SWEEP)
    assert tool.main(["s.yml", "--work-dir", "runs"]) == 0
    place = planted[0][planted[0].index("--work-dir") + 1]
    assert place == str(tmp_path / "runs" / "alpha=0.1_seed=0")


def test_failure_names_the_last_error(tmp_path):
    log = tmp_path / "sweep.log"
    assert tool.last_error(log) == ""
    log.write_text("Loss\nValueError: λ = 2 is outside [0, 1]\n(Set X)\n")
    assert tool.last_error(log) == "ValueError: λ = 2 is outside [0, 1]; "


@pytest.mark.parametrize(
    ("text", "message"),
    [("axes: {a: [1]}", "names no config"), ("config: a\nfoo: 1", "unknown keys")],
)
def test_bad_files_get_one_sentence(tmp_path, text, message, capsys):
    with pytest.raises(SystemExit):
        run(tmp_path, text=text)
    assert message in capsys.readouterr().err
