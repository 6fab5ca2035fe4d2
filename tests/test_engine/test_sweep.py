import pytest
import yaml

from solider_mm.engine.launching import load_config, read_overrides
from solider_mm.engine.sweep import expand_variants, format_table, read_search_args


def test_lists_all_combinations_and_seeds():
    axes = {"model.head.num_blocks": [1, 3], "model.alpha": [0.5]}
    variants = expand_variants(axes, [0, 1])
    assert [variant.name for variant in variants] == [
        "num_blocks=1_alpha=0.5_seed=0",
        "num_blocks=1_alpha=0.5_seed=1",
        "num_blocks=3_alpha=0.5_seed=0",
        "num_blocks=3_alpha=0.5_seed=1",
    ]
    last = variants[3]
    assert last.overrides() == {"model.head.num_blocks": 3, "model.alpha": 0.5}
    assert last.overrides(["model.alpha"]) == {"model.alpha": 0.5}
    assert last.title == "num_blocks=3_alpha=0.5"
    assert last.label("model.alpha") == "alpha=0.5"
    assert last.seed == 1


def test_keys_separated_by_commas_take_the_same_value():
    (variant,) = expand_variants({"a.num_parts, b.num_parts": [4]}, [7])
    assert variant.overrides() == {"a.num_parts": 4, "b.num_parts": 4}


def test_reads_axes_as_mim_gridsearch_does():
    axes = read_search_args("--optimizer.lr 1e-3 1e-2 --max_epochs 5")
    assert axes == {"optimizer.lr": ["1e-3", "1e-2"], "max_epochs": ["5"]}
    with pytest.raises(ValueError, match="starts with 'lr'"):
        read_search_args("lr 1")


@pytest.mark.parametrize(
    ("axes", "seeds", "message"),
    [
        ({}, [0], "at least one axis"),
        ({"a": []}, [0], "one value on every axis"),
        ({"a": [1]}, [], "one seed"),
        ({"a": [1, 1]}, [0], "share a work folder"),
    ],
)
def test_refuses_what_gives_no_sweep(axes, seeds, message):
    with pytest.raises(ValueError, match=message):
        expand_variants(axes, seeds)


@pytest.mark.parametrize("name", ["head_blocks", "num_parts", "table_1"])
def test_the_papers_sweeps_are_valid(root, name):
    path = root / "configs" / "pretrain" / "sweeps" / f"{name}.yml"
    sweep = yaml.safe_load(path.read_text())
    for variant in expand_variants(sweep["axes"], sweep["seeds"]):
        options = {**sweep["options"], **variant.overrides()}
        words = [f"{key}={value}" for key, value in options.items()]
        cfg = load_config(str(root / sweep["config"]), read_overrides(words))
        assert cfg.train_cfg.max_epochs == cfg.param_scheduler[1]["end"] == 2
        assert cfg.optim_wrapper.optimizer.lr == 1e-3
        assert cfg.model.type == "SOLIDER"


def test_both_stages_of_the_mini_sweep_are_valid(root):
    path = root / "configs" / "pretrain" / "sweeps" / "mini_people.yml"
    sweep = yaml.safe_load(path.read_text())
    short = {"max_epochs": 3, "warmup_epochs": 1}
    first = load_config(str(root / sweep["first_stage"]["config"]), short)
    for variant in expand_variants(sweep["axes"], sweep["seeds"]):
        cfg = load_config(str(root / sweep["config"]), {**short, **variant.overrides()})
        assert cfg.model.backbone == first.model.backbone
        for stage in (first, cfg):
            assert stage.train_cfg.max_epochs == stage.param_scheduler[1]["end"] == 3


def test_table_has_mean_and_deviation_of_seeds_at_both_ends():
    found = {
        "num_blocks=1": {
            "part_geometry": {0.0: [1.0, 1.0], 1.0: [1.0, 1.2]},
            "identity_map": {1.0: [50.0]},
        }
    }
    assert format_table(found).splitlines() == [
        "| variant | part_geometry | identity_map |",
        "|---|---|---|",
        "| num_blocks=1 | 1.000 ± 0.000 → 1.100 ± 0.141 | 50.0 |",
    ]
