import pytest
from mmengine.config import Config

from solider_mm.checkpoints.stored_config import config_of, config_to_text


def test_config_survives_as_text():
    cfg = Config(dict(model=dict(type="X", scale=(1, 2), w=[0.5, None]), size=(64, 32)))
    again = config_of({"meta": {"cfg": config_to_text(cfg)}})
    assert again.to_dict() == cfg.to_dict()
    assert isinstance(again.model.scale, tuple)


def test_pretty_text_of_mmengine_is_read(root):
    path = next((root / "configs/reid").glob("*nano*synthetic*.py"))
    cfg = Config.fromfile(path)
    assert config_of({"meta": {"cfg": cfg.pretty_text}}).model == cfg.model


@pytest.mark.parametrize(
    "text",
    [
        "a = __import__('os').system('touch {path}')",
        "import os",
        "a = dict(b=open('{path}', 'w'))",
        "a = [x for x in (1, 2)]",
        "a = float(open('{path}', 'w'))",
    ],
)
def test_code_in_a_config_is_refused_and_not_run(text, tmp_path):
    path = tmp_path / "touched"
    with pytest.raises(ValueError, match="stored config"):
        config_of({"meta": {"cfg": text.format(path=path)}})
    assert not path.exists()


def test_files_without_config():
    assert config_of({"meta": {}}) is None
    assert config_of({"state_dict": {}}) is None
