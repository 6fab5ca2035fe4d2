"""Training hooks."""

from solider_mm.engine.hooks.collapse_guard_hook import CollapseError, CollapseGuardHook
from solider_mm.engine.hooks.counter_seed_hook import CounterSeedHook
from solider_mm.engine.hooks.deferred_info_hook import DeferredInfoHook
from solider_mm.engine.hooks.last_layer_freeze_hook import LastLayerFreezeHook
from solider_mm.engine.hooks.non_finite_guard_hook import (
    NonFiniteError,
    NonFiniteGuardHook,
)
from solider_mm.engine.hooks.safe_checkpoint_hook import SafeCheckpointHook
from solider_mm.engine.hooks.save_on_signal_hook import (
    SaveOnSignalHook,
    StoppedBySignal,
)
from solider_mm.engine.hooks.teacher_temperature_hook import TeacherTemperatureHook
from solider_mm.engine.hooks.teacher_update_hook import TeacherUpdateHook

__all__ = [
    "CollapseError",
    "CollapseGuardHook",
    "CounterSeedHook",
    "DeferredInfoHook",
    "LastLayerFreezeHook",
    "NonFiniteError",
    "NonFiniteGuardHook",
    "SafeCheckpointHook",
    "SaveOnSignalHook",
    "StoppedBySignal",
    "TeacherTemperatureHook",
    "TeacherUpdateHook",
]
