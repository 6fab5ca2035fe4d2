"""CityPersons miss rate (MR^-2) and AP50."""

from solider_mm.evaluation.citypersons.metric import CityPersonsMetric, ap50, miss_rate

__all__ = ["CityPersonsMetric", "ap50", "miss_rate"]
