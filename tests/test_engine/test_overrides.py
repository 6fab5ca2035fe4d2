from pathlib import Path

import pytest
from mmengine.config import Config

from solider_mm.engine.overrides import READ_KEYS, apply_overrides

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = sorted((ROOT / "configs").glob("*/*.py"))
TASK_CONFIGS = [path for path in CONFIGS if path.parent.name != "_base_"]
DOWNSTREAM = [path for path in TASK_CONFIGS if path.parent.name != "pretrain"]
BASE = """
channels = 4
rates = dict(first=0.1, second=0.2)
unread = 3
data_root = "{{$SOLIDER_MM_TEST_ROOT:data}}"
model = dict(head=dict(channels=channels, rate=rates["second"], λ="λ"), width=channels)
train_dataloader = dict(batch_size=4, dataset=dict(data_root=data_root))
"""
CONFIG = """
_base_ = ["base.py"]
name = "{{ fileBasenameNoExtension }}"
max_epochs, warmup = 10, 1
train_cfg = dict(max_epochs=max_epochs, double=2 * _base_.channels)
experiment_name = name
"""


@pytest.fixture
def cfg(tmp_path: Path) -> Config:
    (tmp_path / "base.py").write_text(BASE, encoding="utf-8")
    (tmp_path / "toy.py").write_text(CONFIG, encoding="utf-8")
    return Config.fromfile(tmp_path / "toy.py")


def by_name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def variables(cfg: Config) -> list[str]:
    return [
        key
        for key, value in cfg.items()
        if key not in READ_KEYS and not isinstance(value, dict)
    ]


def other_value(value: object) -> object:
    """Return another value of the same type."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value / 2 if isinstance(value, float) else value + 1
        case str():
            return value + "x"
        case [first, *rest]:
            return type(value)([other_value(first), *rest])
        case _:
            return value


def test_variable_of_base_counts_in_base_and_config(cfg: Config) -> None:
    changed = apply_overrides(cfg, {"channels": 7})
    assert changed.channels == 7
    assert changed.model.head.channels == 7
    assert changed.model.width == 7
    assert changed.train_cfg.double == 14


def test_variable_of_config_counts(cfg: Config) -> None:
    assert apply_overrides(cfg, {"max_epochs": 2}).train_cfg.max_epochs == 2


def test_several_variables_count_together(cfg: Config) -> None:
    options = {"max_epochs": 2, "channels": 7, "rates.second": 0.5}
    for words in (options, dict(reversed(options.items()))):
        changed = apply_overrides(cfg, words)
        assert (changed.train_cfg.max_epochs, changed.train_cfg.double) == (2, 14)
        assert changed.rates == {"first": 0.1, "second": 0.5}
        assert changed.model.head.rate == 0.5


def test_part_of_variable_counts(cfg: Config) -> None:
    changed = apply_overrides(cfg, {"rates.second": 0.5})
    assert changed.model.head.rate == 0.5
    assert changed.rates.first == 0.1


def test_keeps_file_name_text_and_placeholders(cfg: Config, monkeypatch) -> None:
    changed = apply_overrides(cfg, {"channels": 7})
    assert changed.filename == cfg.filename
    assert changed.text == cfg.text
    assert changed.experiment_name == "toy"
    assert changed.train_dataloader.dataset.data_root == "data"
    monkeypatch.setenv("SOLIDER_MM_TEST_ROOT", "/x")
    changed = apply_overrides(Config.fromfile(cfg.filename), {"channels": 7})
    assert changed.train_dataloader.dataset.data_root == "/x"


def test_dotted_key_wins_over_variable(cfg: Config) -> None:
    changed = apply_overrides(cfg, {"model.head.channels": 9, "channels": 7})
    assert (changed.model.head.channels, changed.model.width) == (9, 7)


def test_same_value_is_accepted(cfg: Config) -> None:
    assert apply_overrides(cfg, {"unread": 3}).unread == 3


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("foo", r"no key 'foo', .*: give the dotted key of the component"),
        ("batch_size", r"'batch_size', .*: did you mean train_dataloader\.batch_size"),
        ("epochs", r"no key 'epochs', .*: did you mean train_cfg\.max_epochs"),
        ("train_dataloder.batch_size", r"did you mean train_dataloader\?"),
        ("unread", "nothing reads the config's variable 'unread'"),
    ],
)
def test_refuses_option_without_effect(cfg: Config, key: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        apply_overrides(cfg, {key: 8})


def test_refuses_variable_that_dotted_key_has_replaced(tmp_path: Path) -> None:
    path = tmp_path / "toy.py"
    path.write_text("semantic_weight = 0.2\nmodel = dict(semantic_weight=0.3)\n")
    message = r"'semantic_weight': did you mean model\.semantic_weight"
    with pytest.raises(ValueError, match=message):
        apply_overrides(Config.fromfile(path), {"semantic_weight": 0.5})


@pytest.mark.parametrize("path", DOWNSTREAM, ids=by_name)
def test_semantic_weight_of_every_task_counts(path: Path) -> None:
    cfg = Config.fromfile(path)
    changed = apply_overrides(cfg, {"semantic_weight": 0.45})
    assert changed.model.backbone.semantic_weight == 0.45


@pytest.mark.slow
@pytest.mark.parametrize("path", TASK_CONFIGS, ids=by_name)
def test_every_variable_counts_or_is_refused(path: Path) -> None:
    cfg = Config.fromfile(path)
    before = {k: v for k, v in cfg.to_dict().items() if k in READ_KEYS}
    for name in variables(cfg):
        new = other_value(cfg[name])
        if new == cfg[name]:
            continue
        try:
            changed = apply_overrides(Config.fromfile(path), {name: new})
        except ValueError as error:
            assert f"'{name}'" in str(error)
            continue
        after = {k: v for k, v in changed.to_dict().items() if k in READ_KEYS}
        assert after != before, name


@pytest.mark.parametrize("path", TASK_CONFIGS, ids=by_name)
@pytest.mark.parametrize("key", ["foo", "batchsize", "semantic_wieght"])
def test_unknown_word_is_refused_for_every_config(path: Path, key: str) -> None:
    with pytest.raises(ValueError, match=f"no key '{key}'"):
        apply_overrides(Config.fromfile(path), {key: 8})
