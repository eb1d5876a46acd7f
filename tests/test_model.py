"""The exported model against the estimators, its files, and what loading refuses."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import SEEDS

from cleantext import BOILERPLATE, KINDS, Cleaner, ModelError
from cleantext.artifact import default_model_path, load_model, save_model
from cleantext.features import feature_matrix
from cleantext.kinds import kind_indices
from cleantext.labelled import LabelledArticle, read_articles
from cleantext.lines import Batch
from cleantext.model import (
    TREES_SAY,
    UNSURE,
    LineModel,
    calibrated,
    context_proba,
    junk_probability,
    softmax,
    standardised,
)
from cleantext.network import Articles, forward, layer_shapes
from cleantext.training import NetworkSettings, Settings, train
from cleantext.training.dataset import build_folds
from cleantext.training.fit import (
    FirstPass,
    context_features,
    export,
    fit_calibration,
    fit_first_pass,
    fit_second_pass,
)
from cleantext.training.network import gradients, loss_gradient
from cleantext.training.trees import export_trees, fit_trees
from cleantext.trees import tree_scores

SMALL = NetworkSettings(hidden=8, mixed=6, products=4, epochs=1)
TINY = Settings(bits=10, injections=1, network=SMALL, trees=4)
KNOTS = np.array([[-7.0, 0.0, 7.0], [-5.0, -1.0, 8.0]])


@pytest.fixture(scope="module")
def batch(test_articles: list[LabelledArticle]) -> Batch:
    return Batch([article.text for article in test_articles])


@pytest.fixture(scope="module")
def tiny_data() -> list[LabelledArticle]:
    """A dozen English articles."""
    return [article for article in read_articles(SEEDS / "train") if article.lang == "en"][:12]


# Export


class Fitted:
    """Estimators fitted to some articles, and the model exported from them."""

    def __init__(self, articles: list[LabelledArticle]) -> None:
        settings = replace(TINY, network=replace(SMALL, hidden=24, epochs=3))
        folds = build_folds(articles, n_folds=2)
        self.first: FirstPass = fit_first_pass(folds, settings)
        X = np.concatenate([self.context(fold.batch) for fold in folds])
        self.mean, self.scale = X.mean(axis=0), np.maximum(X.std(axis=0), 1e-3)
        y = np.concatenate([fold.y for fold in folds])
        weight = np.concatenate([fold.weight for fold in folds])
        sizes = np.concatenate([fold.batch.article_lines for fold in folds])
        X = standardised(X, self.mean, self.scale)
        self.layers = fit_second_pass(X, y, weight, sizes, settings)
        is_junk = np.isin(y, kind_indices(BOILERPLATE))
        self.trees = fit_trees(X, is_junk, weight, settings.trees, settings.seed)
        self.model = export(self.first, self.mean, self.scale, self.layers, KNOTS, 0.7, {})

    def context(self, batch: Batch) -> Any:
        return feature_matrix(batch, context_features(), self.first.predict_proba(batch))

    def second_pass(self, batch: Batch) -> Any:
        """Network and trees, one line at a time, in float64."""
        X = standardised(self.context(batch), self.mean, self.scale)
        P = self.network(X.astype(np.float64), batch)
        by_trees = self.trees.decision_function(X)
        for row, junk in enumerate(junk_probability(P)):
            if UNSURE[0] < junk < UNSURE[1]:
                odds = (1 - TREES_SAY) * np.log(junk / (1 - junk)) + TREES_SAY * by_trees[row]
                new = 1 / (1 + np.exp(-odds))
                is_junk = np.isin(np.arange(len(KINDS)), kind_indices(BOILERPLATE))
                P[row] *= np.where(is_junk, new / junk, (1 - new) / (1 - junk))
        return P

    def network(self, X: Any, batch: Batch) -> Any:
        """The network's logits put through softmax."""
        layers = {name: array.astype(np.float64) for name, array in self.layers.items()}
        stop = np.cumsum(batch.article_lines)
        logits = [
            logits_of_line(X[a:b], row, layers)
            for a, b in zip(stop - batch.article_lines, stop, strict=True)
            for row in range(b - a)
        ]
        return softmax(np.array(logits))


def logits_of_line(X: Any, row: int, layers: dict[str, Any]) -> Any:
    """The network's formula, written out for one line of one article."""
    hidden = np.maximum(X @ layers["hidden_weight"] + layers["hidden_bias"], 0)
    mixed = layers["mixed_bias"] + hidden.mean(axis=0) @ layers["mean_weight"]
    mixed = mixed + hidden.max(axis=0) @ layers["largest_weight"]
    for place, other in enumerate(range(row - 3, row + 4)):
        if 0 <= other < len(X):
            mixed = mixed + hidden[other] @ layers["near_weight"][:, place]
    own = hidden[row] @ layers["own_weight"] + layers["own_bias"]
    whole = hidden.mean(axis=0) @ layers["whole_weight"] + layers["whole_bias"]
    units = np.concatenate([hidden[row], np.maximum(mixed, 0), own * whole])
    return units @ layers["kind_weight"] + layers["kind_bias"]


def with_two_kinds(article: LabelledArticle) -> LabelledArticle:
    # Training itself adds strays as "offtopic".
    labels = ("offtopic" if label in BOILERPLATE else "content" for label in article.labels)
    return replace(article, labels=tuple(labels))


@pytest.fixture(scope="module", params=["all kinds", "two kinds"])
def fitted(request: pytest.FixtureRequest) -> Fitted:
    articles = read_articles(SEEDS / "train")[::3]
    if request.param == "two kinds":
        articles = [with_two_kinds(article) for article in articles]
    return Fitted(articles)


def test_first_pass_is_the_estimator(fitted: Fitted, batch: Batch) -> None:
    assert len(fitted.first.estimator.classes_) in (2, len(KINDS))
    expected = fitted.first.predict_proba(batch)
    np.testing.assert_allclose(fitted.model.first_pass(batch), expected, rtol=0, atol=1e-6)
    assert (fitted.first.estimator.predict(fitted.first.matrix(batch)) == expected.argmax(1)).all()


def test_gradients_are_the_slopes_of_the_loss() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(23, 11)), rng.integers(0, len(KINDS), 23)
    articles = Articles.of(np.array([1, 5, 12, 5]))
    shapes = layer_shapes(11, 9, 7, 4)
    layers = {name: rng.normal(scale=0.3, size=shape) for name, shape in shapes.items()}
    masks = tuple((rng.random((23, units)) < 0.8) / 0.8 for units in (9, 7))

    is_junk = np.isin(y, kind_indices(BOILERPLATE))

    def loss() -> float:
        P = softmax(forward(X, articles, layers, masks).logits)
        junk = P[:, kind_indices(BOILERPLATE)].sum(axis=1)
        side = np.where(is_junk, junk, 1 - junk)
        return float(-(0.7 * np.log(P[np.arange(23), y]) + 0.3 * np.log(side)).mean())

    found = forward(X, articles, layers, masks)
    d_logits = loss_gradient(found.logits, y, sides=0.3)
    slopes = gradients(X, articles, layers, found, masks, d_logits / 23)
    for name, array in layers.items():
        for _ in range(5):
            place = tuple(rng.integers(0, size) for size in array.shape)
            value = array[place]
            array[place] = value + 1e-6
            above = loss()
            array[place] = value - 1e-6
            below = loss()
            array[place] = value
            expected = (above - below) / 2e-6
            assert slopes[name][place] == pytest.approx(expected, abs=1e-6), name


def test_second_pass_is_what_was_fitted(fitted: Fitted, batch: Batch) -> None:
    scores = fitted.first.predict_proba(batch)
    found = fitted.model.second_pass(batch, scores)
    np.testing.assert_allclose(found, fitted.second_pass(batch), rtol=0, atol=1e-6)


def test_trees_are_those_of_the_estimator() -> None:
    rng = np.random.default_rng(0)
    X = np.round(rng.normal(size=(9000, 12)), 1).astype(np.float32)
    is_junk = (X[:, 0] * X[:, 1] > 0.5) | (X[:, 2] > 2)
    weight = rng.integers(0, 3, len(X)).astype(np.float32)
    estimator = fit_trees(X, is_junk, weight, n_trees=9, seed=0)
    found = tree_scores(X, export_trees(estimator))
    np.testing.assert_allclose(found, estimator.decision_function(X), rtol=0, atol=1e-9)


def test_trees_are_asked_where_the_network_is_unsure(fitted: Fitted, batch: Batch) -> None:
    X = standardised(fitted.context(batch), fitted.mean, fitted.scale)
    alone = junk_probability(fitted.network(X.astype(np.float64), batch))
    both = junk_probability(context_proba(X, batch.article_lines, fitted.layers))
    unsure = (alone > UNSURE[0] + 1e-4) & (alone < UNSURE[1] - 1e-4)
    assert 20 < unsure.sum() < len(batch) - 20
    assert (abs(both - alone)[unsure] > 1e-4).mean() > 0.9
    sure = (alone < UNSURE[0] - 1e-4) | (alone > UNSURE[1] + 1e-4)
    np.testing.assert_allclose(both[sure], alone[sure], atol=1e-5)


def test_probabilities_are_the_passes_and_the_calibration(fitted: Fitted, batch: Batch) -> None:
    P = fitted.model.predict_proba(batch)
    assert P.shape == (len(batch), len(KINDS))
    assert P.dtype == np.float32
    np.testing.assert_allclose(P.sum(axis=1), 1, atol=1e-5)
    expected = calibrated(fitted.second_pass(batch).astype(np.float32), KNOTS)
    np.testing.assert_allclose(P, expected, atol=2e-5)


def test_no_lines_no_probabilities(fitted: Fitted) -> None:
    for texts in ([], [""], ["\n\n"]):
        assert fitted.model.predict_proba(Batch(texts)).shape == (0, len(KINDS))


# Calibration


def test_calibration_maps_boilerplate_and_shares_it_out() -> None:
    P = np.full((2, len(KINDS)), 0.5 / 14, dtype=np.float32)
    P[:, 0] = 0.5
    P[1, kind_indices(["promo"])] *= 3
    P /= P.sum(axis=1, keepdims=True)
    odds = np.log(junk_probability(P) / (1 - junk_probability(P)))
    mapped = calibrated(P, KNOTS)
    expected = 1 / (1 + np.exp(-np.interp(odds, *KNOTS)))
    np.testing.assert_allclose(junk_probability(mapped), expected, rtol=1e-5)
    np.testing.assert_allclose(mapped.sum(axis=1), 1, rtol=1e-5)
    before, after = P[1, 2:] / P[1, 2], mapped[1, 2:] / mapped[1, 2]
    np.testing.assert_allclose(after, before, rtol=1e-5)


def test_calibration_learns_what_probabilities_mean() -> None:
    draw = np.random.default_rng(0)
    p = draw.uniform(0.01, 0.99, 20_000)
    knots = fit_calibration(p, draw.random(p.size) < p**2, np.ones(p.size))  # overconfident
    assert (np.diff(knots, axis=1) >= 0).all()
    for value in (0.3, 0.5, 0.8):
        odds = np.interp(np.log(value / (1 - value)), *knots)
        assert 1 / (1 + np.exp(-odds)) == pytest.approx(value**2, abs=0.05)


# Files


def test_saved_and_loaded_it_is_the_same(seed_training: Any, batch: Batch, tmp_path: Path) -> None:
    model = seed_training.trained.model
    loaded = load_model(save_model(model, tmp_path / "new" / "model", "# Card\n"))
    assert loaded.predict_proba(batch).tobytes() == model.predict_proba(batch).tobytes()
    assert loaded.threshold == model.threshold
    assert loaded.line_features == model.line_features
    assert loaded.context_features == model.context_features
    assert loaded.card == json.loads(json.dumps(model.card))
    assert (tmp_path / "new" / "model" / "README.md").read_text() == "# Card\n"
    again = save_model(loaded, tmp_path / "again", "# Card\n")
    assert folder_bytes(again) == folder_bytes(tmp_path / "new" / "model")


def test_saving_over_a_model_leaves_one_model(seed_lines: LineModel, tmp_path: Path) -> None:
    save_model(replace(seed_lines, threshold=0.6), tmp_path, "old")
    save_model(seed_lines, tmp_path, "new")
    assert load_model(tmp_path).threshold == seed_lines.threshold
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "README.md",
        "arrays.npz",
        "model.json",
    ]


def folder_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def trained_bytes(folder: Path, data: list[LabelledArticle], **options: Any) -> dict[str, bytes]:
    model = train(data, n_folds=3, **options).model
    return folder_bytes(save_model(model, folder, "# Card\n"))


def test_same_data_and_seed_give_the_same_bytes(tiny_data: Any, tmp_path: Path) -> None:
    one = trained_bytes(tmp_path / "1", tiny_data, settings=TINY)
    same = trained_bytes(tmp_path / "2", tiny_data, settings=TINY, n_jobs=2)
    assert same == one
    other = trained_bytes(tmp_path / "3", tiny_data, settings=replace(TINY, seed=1))
    assert other["arrays.npz"] != one["arrays.npz"]
    fewer = trained_bytes(tmp_path / "4", tiny_data[:-1], settings=TINY)
    assert fewer["arrays.npz"] != one["arrays.npz"]


def test_the_shipped_model_is_found_and_described() -> None:
    card = load_model().card
    assert default_model_path().joinpath("README.md").stat().st_size > 500
    assert {"articles", "lines", "languages", "versions", "metrics"} <= set(card)


# What loading refuses

Arrays = dict[str, Any]
Change = Callable[[Arrays, dict[str, Any]], bytes | None]


def packed(arrays: Arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


@pytest.fixture
def damage(seed_model: Path, tmp_path: Path) -> Callable[[Change], Path]:
    """Copy the model, change its arrays and manifest, and make the SHA-256 fit again."""

    def apply(change: Change) -> Path:
        folder = tmp_path / "damaged"
        shutil.copytree(seed_model, folder)
        with np.load(folder / "arrays.npz") as stored:
            arrays = dict(stored)
        manifest = json.loads((folder / "model.json").read_text())
        given = change(arrays, manifest)
        data = packed(arrays) if given is None else given
        manifest["sha256"] = hashlib.sha256(data).hexdigest()
        (folder / "arrays.npz").write_bytes(data)
        (folder / "model.json").write_text(json.dumps(manifest))
        return folder

    return apply


def array(name: str, make: Callable[[Any], Any]) -> Change:
    """Replace an array by what `make` gives for it."""

    def change(arrays: Arrays, manifest: dict[str, Any]) -> None:
        arrays[name] = make(arrays[name])

    return change


def entry(key: str, value: Any) -> Change:
    """Replace an entry of the manifest."""

    def change(arrays: Arrays, manifest: dict[str, Any]) -> None:
        manifest[key] = value

    return change


def without(name: str) -> Change:
    def change(arrays: Arrays, manifest: dict[str, Any]) -> None:
        del arrays[name]

    return change


def extra(arrays: Arrays, manifest: dict[str, Any]) -> None:
    arrays["surprise"] = np.zeros(3)


def with_nan(values: Any) -> Any:
    values.flat[0] = np.nan
    return values


def npy(arrays: Arrays, manifest: dict[str, Any]) -> bytes:
    """A single array where an archive of arrays should be."""
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    return buffer.getvalue()


def needs_scores(arrays: Arrays, manifest: dict[str, Any]) -> None:
    """The first pass of this model wants to read its own scores."""
    width = len(KINDS)
    manifest["line_features"].append("own_score")
    arrays["line_mean"] = np.append(arrays["line_mean"], np.zeros(width, np.float32))
    arrays["line_scale"] = np.append(arrays["line_scale"], np.ones(width, np.float32))
    more = np.zeros((width, width), np.float32)
    arrays["line_weight"] = np.concatenate([arrays["line_weight"], more])


DAMAGE: dict[str, tuple[Change, str]] = {
    "unchanged but for zip": (lambda a, m: packed(a)[:-30], "arrays.npz can't be read"),
    "empty arrays file": (lambda a, m: b"", r"arrays\.npz"),
    "text as arrays file": (lambda a, m: b"not an archive", "arrays.npz can't be read"),
    "one array instead of an archive": (npy, r"arrays\.npz"),
    "pickled objects": (
        array("line_bias", lambda x: np.array([{"code": 1}] * 15, dtype=object)),
        "Object arrays cannot be loaded",
    ),
    "older format": (entry("format", 0), r"has model format 0; this version of cleantext reads"),
    "newer format": (entry("format", 99), "has model format 99"),
    "no format": (entry("format", None), "has model format None"),
    "other kinds": (entry("kinds", ["content", "junk"]), "the model's kinds are not those"),
    "unknown line feature": (
        entry("line_features", ["sparkle"]),
        "line_features names 'sparkle'",
    ),
    "unknown context feature": (
        entry("context_features", ["word_count", "sparkle"]),
        "context_features names 'sparkle'",
    ),
    "features that are no names": (entry("line_features", [["word_count"]]), "line_features"),
    "features that are no list": (entry("line_features", 3), "line_features must be a list"),
    "a first pass that reads scores": (needs_scores, "line_features"),
    "threshold of nothing": (entry("threshold", 0), r"threshold must lie in \(0, 1\], not 0"),
    "threshold too high": (entry("threshold", 1.5), r"not 1\.5"),
    "threshold as text": (entry("threshold", "0.5"), "not '0.5'"),
    "no threshold": (entry("threshold", None), "not None"),
    "missing array": (without("line_bias"), "array 'line_bias' is missing"),
    "unknown array": (extra, "array 'surprise' is unknown"),
    "a layer less": (without("near_weight"), "array 'near_weight' is missing"),
    "trees that read a column too many": (
        array("tree_column", lambda x: x + 4000),
        r"tree_column must name one of \d+ columns",
    ),
    "trees that decide by nothing": (
        array("tree_threshold", lambda x: x * np.nan),
        "tree_threshold has values that are no numbers",
    ),
    "trees that are a number": (
        array("tree_value", lambda x: x[0, 0]),
        r"tree_column is int16 \(\d+, 63\)",
    ),
    "trees of another depth": (array("tree_value", lambda x: x[:, :-1]), "tree_value is float64"),
    "layers that don't fit": (
        array("kind_weight", lambda x: x[:, :-1]),
        r"kind_weight is float32 \(\d+, 14\); it must be float32 \(\d+, 15\)",
    ),
    "wrong shape": (array("line_mean", lambda x: x[:-1]), "line_mean is float32 .* it must be"),
    "wrong type": (array("line_mean", lambda x: x.astype(np.float64)), "line_mean is float64"),
    "one feature less": (
        lambda a, m: m["context_features"].pop() and None,
        "it must be float32",
    ),
    "not finite": (array("context_mean", with_nan), "context_mean has values that are not finite"),
    "infinite": (array("wording", lambda x: x + np.float16(np.inf)), "wording has values"),
    "table of another size": (array("wording", lambda x: x[:-1]), "must be a power of two"),
    "falling calibration": (array("calibration", lambda x: x[:, ::-1]), "calibration must rise"),
    "calibration of one knot": (array("calibration", lambda x: x[:, :1]), "calibration must rise"),
    "scale of nothing": (array("line_scale", lambda x: x * 0), "scales must be positive"),
    "negative scale": (array("context_scale", lambda x: -x), "scales must be positive"),
}


@pytest.mark.parametrize(("change", "message"), DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_models_are_refused(damage: Any, change: Change, message: str) -> None:
    folder = damage(change)
    with pytest.raises(ModelError, match=message) as error:
        Cleaner(folder)
    assert str(folder) in str(error.value)


def test_the_model_loads_where_nothing_is_damaged(damage: Any) -> None:
    assert Cleaner(damage(lambda arrays, manifest: None)).clean("Rain.\n") == "Rain.\n"


@pytest.mark.parametrize("name", ["model.json", "arrays.npz"])
def test_missing_files_are_named(damage: Any, name: str) -> None:
    folder = damage(lambda arrays, manifest: None)
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"is no model folder: {re.escape(name)} is missing"):
        load_model(folder)


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[]", b"3"])
def test_manifests_that_are_no_manifests(damage: Any, content: bytes) -> None:
    folder = damage(lambda arrays, manifest: None)
    (folder / "model.json").write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.json can't be read|has model format None"):
        load_model(folder)


def test_one_flipped_bit_is_noticed(seed_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "flipped"
    shutil.copytree(seed_model, folder)
    data = bytearray((folder / "arrays.npz").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "arrays.npz").write_bytes(data)
    with pytest.raises(ModelError, match=r"arrays\.npz is damaged: its SHA-256 is not the one"):
        load_model(folder)


def test_models_can_be_compared_and_kept_in_sets(seed_lines: LineModel) -> None:
    assert len({seed_lines, replace(seed_lines), seed_lines}) == 2


def test_a_model_of_pages_is_refused_for_plain_text() -> None:
    cleaner = Cleaner(default_model_path("html"))
    for judge in (cleaner.clean, cleaner.explain):
        with pytest.raises(ModelError, match="trained on pages"):
            judge("Rain fell.\n")
