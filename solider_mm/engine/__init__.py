"""What moves training: hooks, loops, optimizer wrappers."""

from .hooks import *  # noqa: F403
from .loops import *  # noqa: F403
from .optim import *  # noqa: F403
