"""Training: labelled articles in, a model of plain arrays out. Needs the `train` extra."""

from cleantext.errors import MissingExtraError

try:
    import joblib
    import sklearn
except ImportError as error:
    raise MissingExtraError("training", "train") from error

from cleantext.labelled import LabelledArticle, Plug, read_articles, read_plugs
from cleantext.training.fit import Settings
from cleantext.training.network import NetworkSettings
from cleantext.training.train import OutOfFold, Trained, cross_validate, train

__all__ = [
    "LabelledArticle",
    "NetworkSettings",
    "OutOfFold",
    "Plug",
    "Settings",
    "Trained",
    "cross_validate",
    "read_articles",
    "read_plugs",
    "train",
]
del joblib, sklearn
