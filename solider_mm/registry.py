"""Registries: mmengine's roots, and an empty child scope named `solider_mm`.

A class registered in a root is found from every OpenMMLab host. The empty children
make the prefixed name work too, and import our modules only when one is looked up:
`type='solider_mm.SOLIDERSwin'` needs no `custom_imports` in any host's config. A task
that needs a host is imported only in processes that have imported that host.
"""

import sys
from importlib import import_module
from importlib.util import find_spec

from mmengine.config.utils import MODULE2PACKAGE
from mmengine.registry import (
    DATA_SAMPLERS,
    DATASETS,
    FUNCTIONS,
    HOOKS,
    LOG_PROCESSORS,
    LOOPS,
    METRICS,
    MODEL_WRAPPERS,
    MODELS,
    OPTIM_WRAPPER_CONSTRUCTORS,
    OPTIM_WRAPPERS,
    OPTIMIZERS,
    PARAM_SCHEDULERS,
    RUNNERS,
    TASK_UTILS,
    TRANSFORMS,
    VISBACKENDS,
    VISUALIZERS,
    Registry,
)
from mmengine.utils import is_installed

from solider_mm.tasks import find_tasks

__all__ = [
    "DATASETS",
    "DATA_SAMPLERS",
    "FUNCTIONS",
    "HOOKS",
    "LOOPS",
    "METRICS",
    "MODELS",
    "OPTIMIZERS",
    "OPTIM_WRAPPERS",
    "OPTIM_WRAPPER_CONSTRUCTORS",
    "PARAM_SCHEDULERS",
    "TRANSFORMS",
    "VISUALIZERS",
]

# mmpretrain is always installed, so the tasks that extend it can always be imported.
_ALWAYS = [task.module for task in find_tasks() if task.host == "mmpretrain"]
_LOCATIONS = {
    DATASETS: ["solider_mm.datasets", *_ALWAYS],
    DATA_SAMPLERS: ["solider_mm.datasets", *_ALWAYS],
    TRANSFORMS: ["solider_mm.datasets", *_ALWAYS],
    FUNCTIONS: ["solider_mm.datasets"],
    HOOKS: ["solider_mm.engine", "solider_mm.visualization", *_ALWAYS],
    LOOPS: ["solider_mm.engine"],
    OPTIM_WRAPPERS: ["solider_mm.engine"],
    OPTIM_WRAPPER_CONSTRUCTORS: ["solider_mm.engine"],
    PARAM_SCHEDULERS: ["solider_mm.engine", *_ALWAYS],
    MODELS: ["solider_mm.models", *_ALWAYS],
    METRICS: ["solider_mm.evaluation", *_ALWAYS],
    VISUALIZERS: ["solider_mm.visualization"],
}


# Nothing of ours, but mmengine warns about a default scope that lacks these registries,
# and about registries without a location.
for _root in (
    LOG_PROCESSORS,
    MODEL_WRAPPERS,
    OPTIMIZERS,
    RUNNERS,
    TASK_UTILS,
    VISBACKENDS,
):
    _LOCATIONS[_root] = [__name__]


class ScopedRegistry(Registry):
    """An empty child that finds prefixed names in its root, whatever the scope.

    mmengine looks up `solider_mm.X` only in the child if `solider_mm` is the default
    scope, but our classes are in the root.
    """

    def get(self, key: str) -> type | None:
        """Find a class by `X` or `solider_mm.X`."""
        scope, name = self.split_scope_key(key)
        key = name if scope == self.scope else key
        return super().get(key) or (super().get(key) if _import_tasks() else None)


def _import_tasks() -> bool:
    """Import the tasks of all imported hosts; return whether any was new."""
    modules = [task.module for task in find_tasks() if task.host in sys.modules]
    new = [module for module in modules if module not in sys.modules]
    if new and find_spec("mmcv._ext") is None:  # no host works without compiled ops
        return False
    for module in new:
        import_module(module)
    return bool(new)


CHILDREN = {
    root.name: ScopedRegistry(
        root.name, parent=root, scope="solider_mm", locations=locations
    )
    for root, locations in _LOCATIONS.items()
}

# `_base_ = "solider_mm::…"` and, with the maintained forks, `_base_ = "mmseg::…"`:
# mmengine looks for the distribution `mmsegmentation`, which the fork does not install.
MODULE2PACKAGE.setdefault("solider_mm", "solider_mm")
if is_installed("onedl-mmsegmentation"):
    MODULE2PACKAGE["mmseg"] = "mmseg"
