"""Features: what a line looks like, says, and is surrounded by. One declared function each."""

from cleantext.features import markup, neighbours, phrases, position, repeats, shape, topic
from cleantext.features.registry import FEATURES, Feature, feature, feature_matrix, feature_names

__all__ = [
    "FEATURES",
    "Feature",
    "feature",
    "feature_matrix",
    "feature_names",
    "markup",
    "neighbours",
    "phrases",
    "position",
    "repeats",
    "shape",
    "topic",
]
