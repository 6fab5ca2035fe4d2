"""Registries: mmengine's roots, and an empty child scope named `solider_mm`.

A class registered in a root is found from every OpenMMLab host. The empty children
make the prefixed spelling work too, and import our modules only when one is asked
for: `type='solider_mm.SOLIDERSwin'` needs no `custom_imports` in any host's config.
"""

from mmengine.registry import (
    DATA_SAMPLERS,
    DATASETS,
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

_LOCATIONS = {
    DATASETS: ["solider_mm.datasets"],
    DATA_SAMPLERS: ["solider_mm.datasets"],
    TRANSFORMS: ["solider_mm.datasets"],
    HOOKS: ["solider_mm.engine", "solider_mm.visualization"],
    LOOPS: ["solider_mm.engine"],
    OPTIM_WRAPPERS: ["solider_mm.engine"],
    OPTIM_WRAPPER_CONSTRUCTORS: ["solider_mm.engine"],
    PARAM_SCHEDULERS: ["solider_mm.engine"],
    MODELS: ["solider_mm.models"],
    METRICS: ["solider_mm.evaluation"],
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
        return super().get(name if scope == self.scope else key)


CHILDREN = {
    root.name: ScopedRegistry(
        root.name, parent=root, scope="solider_mm", locations=places
    )
    for root, places in _LOCATIONS.items()
}
