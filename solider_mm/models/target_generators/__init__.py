"""Target generators: where the pseudo semantic labels come from."""

from solider_mm.models.target_generators.semantic_clusterer import SemanticClusterer

__all__ = ["SemanticClusterer"]
