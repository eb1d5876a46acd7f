"""How a feature is declared, and the matrix that follows a list of names.

A feature is one function. Its arguments say what it reads: `batch` always, `markup` (the elements
around each line) for what only pages have, and `scores` (first-pass probabilities) for neighbour
features.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cleantext.lines import Batch, FloatArray, once_per_batch
from cleantext.markup import columns

__all__ = ["FEATURES", "Feature", "feature", "feature_matrix", "feature_names", "side_by_side"]


class Feature(NamedTuple):
    """A declared feature: one function, one or more columns."""

    name: str
    unit: str
    columns: tuple[str, ...]
    inputs: tuple[str, ...]
    function: Callable[..., FloatArray]

    @property
    def summary(self) -> str:
        """First line of the function's docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def width(self) -> int:
        """Columns in a feature matrix."""
        return len(self.columns) or 1

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its columns in a feature matrix."""
        return tuple(f"{self.name}[{column}]" for column in self.columns) or (self.name,)


#: Every declared feature by name, in order of declaration.
FEATURES: dict[str, Feature] = {}


def feature(
    unit: str, columns: Sequence[str] = ()
) -> Callable[[Callable[..., FloatArray]], Callable[..., FloatArray]]:
    """Declare a function as a feature.

    Parameters
    ----------
    unit : str
        What a value means, with its range: "share of words, 0 to 1".
    columns : sequence of str, optional
        Names of the columns of a function that returns a matrix.
    """

    def declare(function: Callable[..., FloatArray]) -> Callable[..., FloatArray]:
        name = function.__name__
        inputs = tuple(inspect.signature(function).parameters)
        if "scores" not in inputs:  # both passes read it
            function = once_per_batch(function)
        if name in FEATURES:
            raise ValueError(f"feature {name!r} is declared twice")
        FEATURES[name] = Feature(name, unit, tuple(columns), inputs, function)
        return function

    return declare


def feature_names(*inputs: str) -> tuple[str, ...]:
    """Give the features that read nothing but `inputs`, as a model lists them."""
    return tuple(name for name, found in FEATURES.items() if set(found.inputs) <= set(inputs))


def side_by_side(columns: Sequence[npt.ArrayLike]) -> FloatArray:
    """Lay columns of one length beside each other, as single precision."""
    return np.array(columns, dtype=np.float32).T


def feature_matrix(
    batch: Batch,
    names: Sequence[str],
    scores: FloatArray | None = None,
) -> FloatArray:
    """Compute features, one column each (more for those that declare columns).

    Parameters
    ----------
    batch : Batch
        The articles.
    names : sequence of str
        Names of declared features; the matrix follows their order.
    scores : ndarray of shape (n_lines, n_kinds), optional
        First-pass probabilities, for the features that read them.

    Returns
    -------
    ndarray of shape (n_lines, n_columns), float32
        Finite values.

    Raises
    ------
    ValueError
        If a name isn't declared.

    Examples
    --------
    >>> batch = Batch.of("A short line\\nHello, world!\\n")
    >>> np.expm1(feature_matrix(batch, ["word_count"])).round().tolist()
    [[3.0], [2.0]]
    """
    features = _declared(tuple(names))
    given: dict[str, Any] = {"batch": batch, "scores": scores}
    if any("markup" in found.inputs for found in features):
        given["markup"] = columns(batch)
    blocks = [np.zeros((len(batch), 0), dtype=np.float32)]
    for found in features:
        values = found.function(*[given[key] for key in found.inputs])
        blocks.append(values if values.ndim == 2 else values[:, None])
    return np.concatenate(blocks, axis=1, dtype=np.float32, casting="same_kind")


@lru_cache(maxsize=16)
def _declared(names: tuple[str, ...]) -> tuple[Feature, ...]:
    """Features of these names."""
    for name in names:
        if name not in FEATURES:
            raise ValueError(
                f"unknown feature {name!r}: this version of cleantext has none so named"
            )
    return tuple(FEATURES[name] for name in names)
