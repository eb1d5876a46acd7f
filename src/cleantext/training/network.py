"""Fit the network of the second pass: Adam over batches of whole articles, in NumPy.

No library of the `train` extra fits a network that reads articles of ragged lengths; one that
does is a hundred times the size of all others together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cleantext.kinds import BOILERPLATE, KINDS, kind_indices
from cleantext.lines import FloatArray, IntArray
from cleantext.model import softmax
from cleantext.network import REACH, Activations, Articles, Layers, forward, layer_shapes

__all__ = ["NetworkSettings", "fit_network", "gradients", "loss_gradient"]

_IS_JUNK = np.isin(np.arange(len(KINDS)), kind_indices(BOILERPLATE))
_FINAL_RATE = 0.02  # of the learning rate, at the end of a cosine schedule
_LONGEST_STEP = 5.0  # norm to which gradients are cut


@dataclass(frozen=True)
class NetworkSettings:
    """Sizes and schedule of one network."""

    hidden: int = 128
    """Units of a line."""
    mixed: int = 64
    """Units that read the lines around and the article."""
    products: int = 32
    """Products of a line's units with its article's."""
    rate: float = 2e-3
    """Highest learning rate of Adam (Kingma and Ba, 2015)."""
    decay: float = 0.1
    """Weight decay, decoupled from the gradient (Loshchilov and Hutter, 2019)."""
    dropout: float = 0.2
    """Share of hidden and mixed units left out at each step (Srivastava et al., 2014)."""
    epochs: int = 5
    """Passes over the articles."""
    sides: float = 0.5
    """Share of the loss that asks for no more than boilerplate or not, 0 to 1: at 0 it asks for
    the kind alone."""


def _initial(n_columns: int, settings: NetworkSettings, rng: np.random.Generator) -> Layers:
    """Draw layers, each value within 1 / sqrt(values that a unit adds up)."""
    hidden, mixed, products = settings.hidden, settings.mixed, settings.products
    inputs = {
        "hidden": n_columns,
        "near": hidden * (2 * REACH + 3),  # the lines around, the mean and the largest
        "mean": hidden * (2 * REACH + 3),
        "largest": hidden * (2 * REACH + 3),
        "mixed": hidden * (2 * REACH + 3),
        "own": hidden,
        "whole": hidden,
        "kind": hidden + mixed + products,
    }
    layers: Layers = {}
    for name, shape in layer_shapes(n_columns, hidden, mixed, products).items():
        bound = 1 / np.sqrt(inputs[name.partition("_")[0]])
        layers[name] = rng.uniform(-bound, bound, shape).astype(np.float32)
    return layers


def _batches(
    sizes: IntArray, n_rows: int, rng: np.random.Generator
) -> Iterator[tuple[IntArray, Articles]]:
    """Rows of whole articles in random order, about `n_rows` at a time."""
    stop = np.cumsum(sizes)
    order = rng.permutation(sizes.size)
    number = np.cumsum(sizes[order]) // n_rows
    for chosen in np.split(order, np.flatnonzero(np.diff(number)) + 1):
        articles = Articles.of(sizes[chosen])
        first = (stop - sizes)[chosen]
        rows = first[articles.of_line] + np.arange(articles.of_line.size)
        yield rows - articles.start[articles.of_line], articles


def loss_gradient(logits: FloatArray, y: IntArray, sides: float) -> FloatArray:
    """Gradient of each line's loss by its logits.

    The loss is -log P(kind), and for a share `sides` of it -log P(boilerplate or not); of a line
    whose side has next to no probability, that part is left out.

    Parameters
    ----------
    logits : ndarray of shape (n_lines, n_kinds)
    y : ndarray of shape (n_lines,)
        Kinds.
    sides : float
        See `NetworkSettings`.

    Returns
    -------
    ndarray of shape (n_lines, n_kinds)
    """
    gradient = softmax(logits)
    side = gradient * (_IS_JUNK[y, None] == _IS_JUNK)
    side *= sides / np.maximum(side.sum(axis=1, keepdims=True), 1e-6)
    gradient -= side
    gradient[np.arange(y.size), y] -= 1 - sides
    return gradient


def gradients(
    X: FloatArray,
    articles: Articles,
    layers: Layers,
    found: Activations,
    masks: tuple[FloatArray, FloatArray],
    d_logits: FloatArray,
) -> Layers:
    """Gradients of all layers, given those of the logits."""
    hidden, mean, largest, mixed, own, whole, _ = found
    near, weight = layers["near_weight"], layers["kind_weight"]
    n_hidden, span, width = near.shape
    first, second = n_hidden, n_hidden + width
    size = (articles.stop - articles.start)[:, None].astype(np.float32)
    d: Layers = {
        "kind_weight": np.concatenate([hidden.T @ d_logits, mixed.T @ d_logits,
                                       (own * whole).T @ d_logits]),
        "kind_bias": d_logits.sum(axis=0),
    }  # fmt: skip
    d_products = d_logits @ weight[second:].T
    d_own = d_products * whole
    d_whole = np.add.reduceat(d_products * own, articles.start, axis=0)
    d["own_weight"], d["own_bias"] = hidden.T @ d_own, d_own.sum(axis=0)
    d["whole_weight"], d["whole_bias"] = mean.T @ d_whole, d_whole.sum(axis=0)

    d_mixed = (d_logits @ weight[first:second].T) * masks[1]
    d_mixed *= mixed > 0
    of_article = np.add.reduceat(d_mixed, articles.start, axis=0)
    d["mean_weight"], d["largest_weight"] = mean.T @ of_article, largest.T @ of_article
    d["mixed_bias"] = of_article.sum(axis=0)
    d_seen = np.zeros((X.shape[0], span * width), dtype=np.float32)
    for place, (here, there, outside) in enumerate(articles.neighbours()):
        part = d_seen[there, place * width : (place + 1) * width]
        part[:] = d_mixed[here]
        part[outside] = 0
    d["near_weight"] = (hidden.T @ d_seen).reshape(near.shape)

    d_hidden = d_logits @ weight[:first].T + d_own @ layers["own_weight"].T
    d_hidden += d_seen @ near.reshape(n_hidden, -1).T
    d_mean = of_article @ layers["mean_weight"].T + d_whole @ layers["whole_weight"].T
    d_hidden += (d_mean / size)[articles.of_line]
    # The gradient of the largest goes to the line that has it (shared among equals).
    is_largest = (hidden == largest[articles.of_line]) & (hidden > 0)
    ties = np.maximum(np.add.reduceat(is_largest, articles.start, axis=0, dtype=np.float32), 1)
    d_hidden += is_largest * (of_article @ layers["largest_weight"].T / ties)[articles.of_line]
    d_hidden *= masks[0]
    d_hidden *= hidden > 0
    d["hidden_weight"], d["hidden_bias"] = X.T @ d_hidden, d_hidden.sum(axis=0)
    return d


def fit_network(
    X: FloatArray,
    y: IntArray,
    weight: FloatArray,
    sizes: IntArray,
    settings: NetworkSettings,
    seed: int,
) -> Layers:
    """Fit one network.

    Parameters
    ----------
    X : ndarray of shape (n_lines, n_columns), float32
        Standardised context features, articles one after the other.
    y : ndarray of shape (n_lines,)
        Kinds.
    weight : ndarray of shape (n_lines,)
        Weights of the lines.
    sizes : ndarray of shape (n_articles,)
        Lines of each article.
    settings : NetworkSettings
    seed : int
        Same data and seed, same layers.

    Returns
    -------
    dict of str to ndarray, float32
        Named and shaped as `cleantext.network.layer_shapes` says.
    """
    rng = np.random.default_rng(seed)
    sizes = sizes[sizes > 0]
    layers = _initial(X.shape[1], settings, rng)
    step_of = {name: (np.zeros_like(v), np.zeros_like(v)) for name, v in layers.items()}
    n_rows = int(np.clip(len(y) // 100, 32, 1024))
    steps = max(1, settings.epochs * (len(y) // n_rows))
    done = 0
    for _ in range(settings.epochs):
        for rows, articles in _batches(sizes, n_rows, rng):
            masks = (
                _dropout((rows.size, settings.hidden), settings.dropout, rng),
                _dropout((rows.size, settings.mixed), settings.dropout, rng),
            )
            found = forward(X[rows], articles, layers, masks)
            d_logits = loss_gradient(found.logits, y[rows], settings.sides)
            d_logits *= (weight[rows] / np.float32(rows.size))[:, None]
            d = gradients(X[rows], articles, layers, found, masks, d_logits)
            done += 1
            cosine = 0.5 * (1 + np.cos(np.pi * min(1.0, done / steps)))
            _adam(layers, d, step_of, settings, max(_FINAL_RATE, cosine), done)
    return layers


def _dropout(shape: tuple[int, int], share: float, rng: np.random.Generator) -> FloatArray:
    """Draw factors of 0 for a share of the units, and so much more than 1 for the others."""
    stays: FloatArray = (rng.random(shape, dtype=np.float32) >= share).astype(np.float32)
    stays /= np.float32(1 - share)
    return stays


def _adam(
    layers: Layers,
    d: Layers,
    step_of: dict[str, tuple[FloatArray, FloatArray]],
    settings: NetworkSettings,
    share: float,
    done: int,
) -> None:
    """Take one step of Adam with decoupled weight decay, in place."""
    rate = settings.rate * share
    norm = float(np.sqrt(sum(np.vdot(g, g) for g in d.values())))
    cut = min(1.0, _LONGEST_STEP / max(norm, 1e-9))
    for name, values in layers.items():
        g = d[name] * np.float32(cut)
        mean, square = step_of[name]
        mean *= 0.9
        mean += np.float32(0.1) * g
        square *= 0.999
        square += np.float32(0.001) * g * g
        scale = np.float32(rate * np.sqrt(1 - 0.999**done) / (1 - 0.9**done))
        values *= np.float32(1 - rate * settings.decay)
        values -= scale * mean / (np.sqrt(square) + np.float32(1e-8))
