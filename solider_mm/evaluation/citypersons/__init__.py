"""CityPersons evaluation: log-average miss rate MR⁻² and AP50."""

from solider_mm.evaluation.citypersons.metric import CityPersonsMetric
from solider_mm.evaluation.citypersons.scores import ap50, miss_rate

__all__ = ["CityPersonsMetric", "ap50", "miss_rate"]
