"""The probe tool on a few synthetic people."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from solider_mm.evaluation.semantic_weight.names import PROBES
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
    assert "\nλ  " in "\n" + capsys.readouterr().out


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


def write_crops(folder, count, cameras=2):
    generator = np.random.default_rng(0)
    folder.mkdir(parents=True)
    for person in range(1, count + 1):
        for camera in range(1, cameras + 1):
            pixels = generator.integers(0, 255, (48, 24, 3), np.uint8)
            name = f"{person:04d}_c{camera}s1_000000_00.png"
            Image.fromarray(pixels).save(folder / name)


def probe(tmp_path, *words):
    target = tmp_path / "probe.json"
    arguments = ["--semantic-weight", "0", "1", "--json", str(target), *words]
    assert probe_semantic_weight.main(arguments) == 0
    return json.loads(target.read_text())


def test_photos_without_labels_are_compared_by_own_parts(tmp_path):
    write_crops(tmp_path / "photos", 12)
    content = probe(tmp_path, "--images", str(tmp_path / "photos"))
    assert content["num_images"] == 24
    assert content["parts"] == "weights at λ = 1"
    names = {"semantic_weight", "part_geometry"}
    assert [set(entry) for entry in content["results"]] == [names, names]


def test_market1501_has_identities(tmp_path):
    write_crops(tmp_path / "Market-1501" / "query", 12)
    write_crops(tmp_path / "Market-1501" / "bounding_box_test", 14)
    words = ["--images", str(tmp_path), "--layout", "market1501", "--identities", "12"]
    content = probe(tmp_path, *words)
    assert content["num_images"] == 48
    assert "identity_map" in content["results"][0]
    assert "attribute_probe" not in content["results"][0]


@pytest.mark.host("mmseg")
def test_lip_has_parsing_labels(tmp_path):
    pytest.importorskip("mmseg")
    root, generator = tmp_path / "LIP", np.random.default_rng(0)
    for name in ("val_images", "val_segmentations"):
        (root / name).mkdir(parents=True)
    for number in range(14):
        pixels = generator.integers(0, 255, (48, 24, 3), np.uint8)
        labels = np.repeat(np.arange(48) // 12, 24).reshape(48, 24).astype(np.uint8)
        Image.fromarray(pixels).save(root / "val_images" / f"{number}.jpg")
        Image.fromarray(labels).save(root / "val_segmentations" / f"{number}.png")
    (root / "val_id.txt").write_text("".join(f"{n}\n" for n in range(14)))
    content = probe(tmp_path, "--images", str(tmp_path), "--layout", "lip")
    assert content["parts"] == "labels"
    assert "part_probe" in content["results"][0]


def test_folder_without_photos_gets_one_sentence(tmp_path, capsys):
    with pytest.raises(SystemExit):
        probe_semantic_weight.main(["--images", str(tmp_path)])
    assert "contains no image" in capsys.readouterr().err
