"""Models, by role. Importing this room registers all of them."""

from .backbones import *  # noqa: F403
from .data_preprocessors import *  # noqa: F403
from .heads import *  # noqa: F403
from .necks import *  # noqa: F403
from .selfsup import *  # noqa: F403
from .target_generators import *  # noqa: F403
