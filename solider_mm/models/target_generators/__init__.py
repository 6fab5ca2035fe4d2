"""Target generators: modules that make pseudo semantic labels."""

from solider_mm.models.target_generators.semantic_clusterer import SemanticClusterer

__all__ = ["SemanticClusterer"]
