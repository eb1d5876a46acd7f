"""Features: what a line looks like, says, and is surrounded by. One declared function each."""

from cleantext.features import neighbours, phrases, position, shape, topic
from cleantext.features.registry import FEATURES, Feature, feature, feature_matrix, feature_names
from cleantext.features.words import WordTable

__all__ = [
    "FEATURES",
    "Feature",
    "WordTable",
    "feature",
    "feature_matrix",
    "feature_names",
    "neighbours",
    "phrases",
    "position",
    "shape",
    "topic",
]
