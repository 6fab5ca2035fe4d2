"""Training hooks, loops and optimizer wrappers."""

from solider_mm.engine.hooks import *  # noqa: F403
from solider_mm.engine.loops import *  # noqa: F403
from solider_mm.engine.optim import *  # noqa: F403
