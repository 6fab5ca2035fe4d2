"""Hooks of pretraining."""

from .collapse_guard_hook import CollapseError, CollapseGuardHook
from .counter_seed_hook import CounterSeedHook
from .deferred_info_hook import DeferredInfoHook
from .last_layer_freeze_hook import LastLayerFreezeHook
from .save_on_signal_hook import SaveOnSignalHook
from .teacher_temperature_hook import TeacherTemperatureHook
from .teacher_update_hook import TeacherUpdateHook

__all__ = [
    "CollapseError",
    "CollapseGuardHook",
    "CounterSeedHook",
    "DeferredInfoHook",
    "LastLayerFreezeHook",
    "SaveOnSignalHook",
    "TeacherTemperatureHook",
    "TeacherUpdateHook",
]
