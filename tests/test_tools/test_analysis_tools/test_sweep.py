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
            alphas = [w for w in words if w.startswith("model.alpha=")]
            alpha = alphas[0] if alphas else "model.alpha=0"
            if alpha == "model.alpha=bad":
                return False
            with open(f"{folder}/last_checkpoint", "w") as file:
                file.write(f"{folder}/epoch_2.pth {alpha.split('=')[1]}")
            return True
        value = float(words[words.index("--checkpoint") + 1].split()[-1])
        entry = {"semantic_weight": 1.0, "part_geometry": {"value": 10 * value}}
        with open(words[words.index("--json") + 1], "w") as file:
            first = {"semantic_weight": 0.0, "part_geometry": {"value": value}}
            json.dump({"results": [first, entry]}, file)
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
    results = content["results"]["alpha=0.5"]["part_geometry"]
    assert results == {"0.0": [0.5, 0.5], "1.0": [5.0, 5.0]}
    assert plot.stat().st_size > 1000
    run(tmp_path)
    assert len(planted) == 8  # finished variants are skipped


FIRST_STAGE = """
config: b.py
axes: {model.alpha: [0.1, 0.5], model.backbone.arch: [nano]}
first_stage: {config: a.py, options: {max_epochs: 1}, axes: [model.backbone.arch]}
"""


def test_first_stage_is_trained_once_per_axis_it_follows(tmp_path, planted):
    assert run(tmp_path, text=FIRST_STAGE) == 0
    first, second = planted[:2]
    place = tmp_path / "runs" / "first_stage_arch=nano"
    assert {str(tool.ROOT / "a.py"), str(place), "max_epochs=1"} <= set(first)
    assert "model.backbone.arch=nano" in first
    assert not any(word.startswith("model.alpha") for word in first)
    checkpoint = (place / "last_checkpoint").read_text()
    assert {str(tool.ROOT / "b.py"), f"load_from={checkpoint}"} <= set(second)
    assert len(planted) == 5
    run(tmp_path, text=FIRST_STAGE)
    assert len(planted) == 5


def test_variants_of_a_failed_first_stage_are_left_out(tmp_path, planted, capsys):
    text = FIRST_STAGE.replace("arch: [nano]", "arch: [nano], model.alpha2: [1]")
    text = text.replace("options: {max_epochs: 1}", "options: {model.alpha: bad}")
    assert run(tmp_path, text=text) == 1
    assert len(planted) == 1
    assert "failed: first_stage_arch=nano" in capsys.readouterr().err


def test_jobs_of_submitit(tmp_path, planted):
    pytest.importorskip("submitit")
    assert run(tmp_path, "--cluster", "debug") == 0
    assert len(planted) == 8


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
    [
        ("axes: {a: [1]}", "names no config"),
        ("config: a\nfoo: 1", "unknown keys"),
        ("config: a\nfirst_stage: {foo: 1}", "unknown keys"),
        ("config: a\nfirst_stage: {axes: []}", "no config of the first stage"),
    ],
)
def test_bad_files_get_one_sentence(tmp_path, text, message, capsys):
    with pytest.raises(SystemExit):
        run(tmp_path, text=text)
    assert message in capsys.readouterr().err
