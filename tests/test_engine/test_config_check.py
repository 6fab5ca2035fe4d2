"""The config check: wrong keys and names are told by place, name and near match."""

import pytest
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import HOOKS, MODELS
from torch import nn

from solider_mm.engine.accepted_arguments import accepted_arguments
from solider_mm.engine.config_check import check_config


class Parent(nn.Module):
    def __init__(self, width: int, *, depth: int = 1) -> None:
        super().__init__()


class HandsOn(Parent):
    def __init__(self, extra: int = 0, **kwargs: int) -> None:
        super().__init__(**kwargs)


class LooksInto(Parent):
    def __init__(self, **kwargs: int) -> None:
        kwargs.setdefault("width", 1)
        super().__init__(**kwargs)


class Swallows:
    def __init__(self, **options: int) -> None:
        self.options = options


class Silent(Parent):
    """Has no constructor of its own."""


def takes(first: int, *, second: int = 0) -> None:
    """A registered function."""


@pytest.fixture
def registered():
    """A component and a hook that exist for one test only."""

    class ConfigCheckToy(HandsOn):
        pass

    class ConfigCheckToyHook(Hook):
        def __init__(self, interval: int = 1) -> None:
            self.interval = interval

    MODELS.register_module(module=ConfigCheckToy)
    HOOKS.register_module(module=ConfigCheckToyHook)
    yield
    MODELS.module_dict.pop("ConfigCheckToy")
    HOOKS.module_dict.pop("ConfigCheckToyHook")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (Parent, {"width", "depth"}),
        (HandsOn, {"extra", "width", "depth"}),
        (Silent, {"width", "depth"}),
        (LooksInto, None),
        (Swallows, None),
        (takes, {"first", "second"}),
        (nn.Module, set()),
    ],
)
def test_accepted_arguments(target, expected) -> None:
    assert accepted_arguments(target) == expected


def test_right_config_passes(registered) -> None:
    cfg = Config(
        dict(
            default_scope="solider_mm",
            model=dict(type="ConfigCheckToy", width=2, extra=1),
            optim_wrapper=dict(
                type="OptimWrapper",
                optimizer=dict(type="AdamW", lr=1e-3),
                clip_grad=dict(max_norm=1.0),
                paramwise_cfg=dict(norm_decay_mult=0.0),
                constructor="DefaultOptimWrapperConstructor",
            ),
            param_scheduler=[
                dict(type="LinearLR", start_factor=0.1, convert_to_iter_based=True)
            ],
            custom_hooks=[dict(type="ConfigCheckToyHook", priority="LOW")],
            train_cfg=dict(type="IterBasedTrainLoop", max_iters=2),
        )
    )
    before = cfg.to_dict()
    check_config(cfg)
    assert cfg.to_dict() == before


def test_wrong_key_says_place_and_near_match(registered) -> None:
    cfg = Config(dict(model=dict(type="ConfigCheckToy", width=2, dephth=3)))
    expected = (
        r"^model: ConfigCheckToy takes no argument 'dephth' \(did you mean 'depth'"
        r".*it takes depth, extra, width: correct or remove the key\.$"
    )
    with pytest.raises(ValueError, match=expected):
        check_config(cfg)


def test_wrong_key_deep_in_lists(registered) -> None:
    steps = [dict(type="RandomFlip", prob=0.5), [dict(type="RandomFlip", probb=0.5)]]
    cfg = Config(dict(train_dataloader=dict(dataset=dict(pipeline=steps))))
    with pytest.raises(ValueError, match=r"dataset\.pipeline\[1\]\[0\]: RandomFlip .*"):
        check_config(cfg)


@pytest.mark.parametrize(
    ("place", "section", "key"),
    [
        ("optim_wrapper.optimizer", dict(optimizer=dict(type="AdamW", lrr=1)), "lrr"),
        ("optim_wrapper", dict(clipgrad=dict(max_norm=1)), "clipgrad"),
    ],
)
def test_wrong_keys_of_mmengine_parts(place: str, section: dict, key: str) -> None:
    cfg = Config(dict(optim_wrapper=dict(type="OptimWrapper", **section)))
    with pytest.raises(ValueError, match=f"{place}: .* no argument '{key}'"):
        check_config(cfg)


def test_hook_priority_is_no_argument_of_the_loop() -> None:
    cfg = Config(dict(train_cfg=dict(type="IterBasedTrainLoop", priority="LOW")))
    with pytest.raises(ValueError, match="no argument 'priority'"):
        check_config(cfg)


def test_misspelled_type() -> None:
    cfg = Config(
        dict(default_scope="solider_mm", model=dict(type="solider_mm.SOLIDERSwim"))
    )
    with pytest.raises(ValueError, match="did you mean 'SOLIDERSwin'"):
        check_config(cfg)


def test_type_of_a_host_without_its_prefix() -> None:
    cfg = Config(
        dict(
            default_scope="solider_mm",
            train_dataloader=dict(
                dataset=dict(
                    pipeline=[
                        dict(type="mmpretrain.PackInputs"),
                        dict(type="PackInputs"),
                    ]
                )
            ),
        )
    )
    with pytest.raises(ValueError, match=r"did you mean 'mmpretrain\.PackInputs'"):
        check_config(cfg)


def test_words_of_the_data_are_left_alone() -> None:
    points = {0: dict(name="nose", type="upper"), 1: dict(name="hip", type="lower")}
    dataset = dict(metainfo=dict(keypoint_info=points))
    check_config(Config(dict(val_dataloader=dict(dataset=dataset))))


def test_misspelled_runner_key() -> None:
    cfg = Config(dict(optim_wraper=dict(type="OptimWrapper"), semantic_weight=0.2))
    with pytest.raises(ValueError, match=r"'optim_wraper' .*did you mean 'optim_wra"):
        check_config(cfg)


def test_all_problems_are_told_at_once(registered) -> None:
    toy = dict(type="ConfigCheckToy", a=1, b=2)
    with pytest.raises(ValueError) as caught:
        check_config(Config(dict(model=toy)))
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("semantic_weight", [None, "absent"])
def test_a_task_without_semantic_weight_is_refused(semantic_weight) -> None:
    backbone = dict(type="solider_mm.SOLIDERSwin", arch="tiny")
    if semantic_weight != "absent":
        backbone["semantic_weight"] = semantic_weight
    model = dict(type="mmpretrain.ImageClassifier", backbone=backbone)
    cfg = Config(dict(default_scope="mmpretrain", model=model))
    with pytest.raises(ValueError, match=r"model\.backbone: SOLIDERSwin has no"):
        check_config(cfg)
    backbone["semantic_weight"] = 0.2
    check_config(Config(dict(default_scope="mmpretrain", model=model)))
