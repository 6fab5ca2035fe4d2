import pytest
from mmengine.config import Config

from solider_mm.engine.config_check import check_config
from solider_mm.engine.untyped_keys import untyped_problems

HOOKS = {"checkpoint": {"type": "A"}, "checkpiont": {"interval": 2}}


@pytest.mark.parametrize(
    ("cfg", "words"),
    [
        ({"train_cfg": {"max_epoch": 3}}, "'max_epoch' (did you mean 'max_epochs'?)"),
        ({"train_cfg": {"by_epoch": False, "max_iter": 3}}, "mean 'max_iters'?)"),
        ({"val_cfg": {"fp61": True}}, "val_cfg takes no key 'fp61' (did you mean"),
        ({"randomness": {"sed": 1}}, "randomness takes no key 'sed' (did you mean"),
        ({"env_cfg": {"cudnn": True}}, "env_cfg takes no key 'cudnn'"),
        ({"train_dataloader": {"batch_sise": 2}}, "did you mean 'batch_size'?"),
        ({"default_hooks": HOOKS}, "checkpiont has no type (did you mean 'checkpoint'"),
    ],
)
def test_misspelled_key_is_refused_with_a_near_name(cfg, words) -> None:
    (problem,) = untyped_problems(cfg)
    assert words in problem
    with pytest.raises(ValueError, match=r"no (key|type)"):
        check_config(Config(cfg))


def test_known_keys_pass() -> None:
    cfg = {
        "train_cfg": {"by_epoch": True, "max_epochs": 3, "val_interval": 1},
        "val_cfg": {},
        "test_cfg": None,
        "train_dataloader": {
            "batch_size": 2,
            "num_workers": 1,
            "dataset": {},
            "sampler": {},
            "collate_fn": {},
            "num_batch_per_epoch": 3,
        },
        "randomness": {"seed": 1, "deterministic": True},
        "env_cfg": {"mp_cfg": {}, "dist_cfg": {}},
        "default_hooks": {"timer": {"type": "IterTimerHook"}, "logger": None},
    }
    assert list(untyped_problems(cfg)) == []
