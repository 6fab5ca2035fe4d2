"""Models, by role. Importing this package registers all of them, also by name."""

from solider_mm.model_hub import register_models
from solider_mm.models.backbones import *  # noqa: F403
from solider_mm.models.data_preprocessors import *  # noqa: F403
from solider_mm.models.heads import *  # noqa: F403
from solider_mm.models.necks import *  # noqa: F403
from solider_mm.models.selfsup import *  # noqa: F403
from solider_mm.models.target_generators import *  # noqa: F403

register_models()
