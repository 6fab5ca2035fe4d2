"""Size of the images that a config's test set has."""

from mmengine.config import Config

from solider_mm.inference.model_building import test_pipeline

__all__ = ["config_image_size"]

_DEFAULT = (256, 128)


def config_image_size(cfg: Config) -> tuple[int, int]:
    """Find the size behind the transforms of a config.

    Args:
        cfg: Whole config.

    Returns:
        (H, W) in pixels; 256 × 128 if the config says none.
    """
    try:
        steps = test_pipeline(cfg)
    except ValueError:
        steps = []
    for step in reversed(steps):
        kind = str(step["type"]).rpartition(".")[2]
        if kind == "PersonAffine":
            return (int(step["size"][0]), int(step["size"][1]))
        given = {"Resize": "scale", "TopdownAffine": "input_size"}.get(kind)
        if given is not None and given in step:  # (W, H), as the hosts have it
            return (int(step[given][1]), int(step[given][0]))
    for name in ("global_size", "image_size"):
        if cfg.get(name):
            return (int(cfg[name][0]), int(cfg[name][1]))
    return _DEFAULT
