"""Target generators: where the pseudo semantic labels come from."""

from .semantic_clusterer import SemanticClusterer

__all__ = ["SemanticClusterer"]
