"""Registries: mmengine's roots, and an empty child scope named `solider_mm`.

A class registered in a root is found from every OpenMMLab host. The empty children
make the prefixed spelling work too, and import our modules only when one is asked
for: `type='solider_mm.SOLIDERSwin'` needs no `custom_imports` in any host's config. The
rooms of a task that needs a host are imported only where that host is at work.
"""

import sys
from importlib import import_module
from importlib.util import find_spec

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

# Tasks by the host they run on. mmpretrain is always there.
_TASKS = {
    "mmpretrain": ("reid", "attribute"),
    "mmdet": ("pedestrian_detection", "person_search"),
    "mmseg": ("human_parsing",),
    "mmpose": ("human_pose",),
}
_ALWAYS = [f"solider_mm.downstream.{task}" for task in _TASKS["mmpretrain"]]
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
    # Nothing of ours: mmengine only warns of a default scope without them.
    LOG_PROCESSORS: [],
    MODEL_WRAPPERS: [],
    OPTIMIZERS: [],
    RUNNERS: [],
    TASK_UTILS: [],
    VISBACKENDS: [],
}


class ScopedRegistry(Registry):
    """An empty child that finds prefixed names in its root, whatever the scope.

    mmengine looks for `solider_mm.X` in the child alone as soon as `solider_mm` is
    the default scope; our classes are in the root.
    """

    def get(self, key: str) -> type | None:
        """Find a class by `X` or `solider_mm.X`."""
        scope, name = self.split_scope_key(key)
        key = name if scope == self.scope else key
        return super().get(key) or (super().get(key) if _import_tasks() else None)


def _import_tasks() -> bool:
    """Import the tasks of every host that is at work; tell whether any was new."""
    rooms = [
        f"solider_mm.downstream.{task}"
        for host, tasks in _TASKS.items()
        if host in sys.modules
        for task in tasks
    ]
    new = [room for room in rooms if room not in sys.modules]
    if new and find_spec("mmcv._ext") is None:  # no host works without compiled ops
        return False
    for room in new:
        import_module(room)
    return bool(new)


CHILDREN = {
    root.name: ScopedRegistry(
        root.name, parent=root, scope="solider_mm", locations=places
    )
    for root, places in _LOCATIONS.items()
}
