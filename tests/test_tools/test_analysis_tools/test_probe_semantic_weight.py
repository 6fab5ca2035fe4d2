"""The probe tool on a few synthetic people."""

import json

import pytest
import torch

from solider_mm.evaluation.semantic_weight.probe import PROBES
from tools.analysis_tools import probe_semantic_weight


def test_writes_values_intervals_and_plot(tmp_path, capsys):
    target, plot = tmp_path / "probe.json", tmp_path / "probe.png"
    arguments = "--checkpoint embedded --semantic-weight 0 1 --identities 12"
    files = ["--baseline", "embedded", "--json", str(target), "--plot", str(plot)]
    assert probe_semantic_weight.main([*arguments.split(), *files]) == 0
    content = json.loads(target.read_text())
    assert content["checkpoint"] == "embedded"
    assert content["num_images"] == 72
    for entry, weight in zip(content["results"], (0, 1), strict=True):
        assert entry["semantic_weight"] == weight
        for name in PROBES:
            low, high = entry[name]["interval"]
            assert low <= entry[name]["value"] <= high
    # The baseline holds the same weights here, at λ = 0.
    baseline = {name: content["baseline"][name]["value"] for name in PROBES}
    first = content["results"][0]
    assert baseline == {name: first[name]["value"] for name in PROBES}
    assert plot.stat().st_size > 1000
    assert capsys.readouterr().out.lstrip().startswith("λ ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--semantic-weight 0 1.2", "semantic_weight=1.2 is outside"),
        ("--identities 3", "3 identities were given"),
        ("--checkpoint absent.pth", "absent.pth"),
    ],
)
def test_bad_input_gets_one_sentence(arguments, message, capsys):
    with pytest.raises(SystemExit) as stop:
        probe_semantic_weight.main(["--identities", "10", *arguments.split()])
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


def test_refuses_a_plain_swin(tmp_path, capsys):
    network, _ = probe_semantic_weight.build_backbone("embedded", None)
    plain = {k: v for k, v in network.state_dict().items() if "semantic" not in k}
    torch.save({"state_dict": plain}, tmp_path / "plain.pth")
    with pytest.raises(SystemExit):
        probe_semantic_weight.main(["--checkpoint", str(tmp_path / "plain.pth")])
    assert "this is a plain Swin and λ has no effect" in capsys.readouterr().err
