"""Features of markup: on pages, and at rest on plain text."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from test_page import CASES

from cleantext.features import FEATURES, Feature, feature_matrix
from cleantext.features.markup import markup_wording
from cleantext.kinds import KINDS
from cleantext.lines import Batch
from cleantext.page import parse_page

OF_PAGES = {name: found for name, found in FEATURES.items() if "markup" in found.inputs}
every_feature = pytest.mark.parametrize("declared", OF_PAGES.values(), ids=OF_PAGES.keys())

NEWS = """<html><head><title>Bridge shut - Post</title>
<meta name=description content="The bridge will stay shut until May.">
<script type="application/ld+json">
{"articleBody": "Engineers found a second crack in the north pier last week."}</script></head>
<body><header><nav class="main-nav"><ul><li><a href=/>Home</a><li><a href=/n>News</a></ul></nav>
</header><main id=content><article class="story-body"><h1>Bridge shut</h1>
<p class=lede>The bridge will stay shut until May, the council said on Monday.</p>
<p>Engineers found a second crack in the north pier last week, and a third on Friday night.</p>
<aside class="relatedLinks"><h3>Read also</h3><a href=/1>Ferry runs late</a></aside>
<p>The ferry will run every <b>twenty</b> minutes from six in the morning until midnight.</p>
</article></main><footer><small>© The Post</small></footer></body></html>"""


def batch_of(*pages: str) -> Batch:
    parsed = [parse_page(html) for html in pages]
    return Batch([page.text for page in parsed], [page.markup for page in parsed])


def scores(batch: Batch) -> Any:
    """Scores of each line's kinds that depend on its own text alone."""
    draws = [np.random.default_rng(len(batch.line_text(row))) for row in range(len(batch))]
    drawn = np.array([draw.dirichlet(np.full(len(KINDS), 0.2)) for draw in draws])
    return drawn.reshape(len(batch), len(KINDS)).astype(np.float32)


def values(declared: Feature, batch: Batch) -> Any:
    return feature_matrix(batch, [declared.name], scores(batch))


@pytest.fixture(scope="module")
def pages() -> list[str]:
    return [NEWS, *(case["html"] for case in CASES), NEWS.replace("bridge", "tunnel")]


@every_feature
def test_shape_documentation_and_range(declared: Feature, pages: list[str]) -> None:
    assert declared.summary.endswith(".")
    assert declared.unit.strip()
    batch = batch_of(*pages)
    laid = values(declared, batch)
    assert laid.shape == (len(batch), declared.width)
    assert np.isfinite(laid).all()
    assert np.ptp(laid, axis=0).any()
    if declared.unit.endswith(", 0 to 1") and ";" not in declared.unit:
        assert "log" in declared.unit or laid.max() <= 1 + 1e-6
        assert laid.min() >= 0
    if declared.unit == "0 or 1":
        assert set(np.unique(laid).tolist()) <= {0.0, 1.0}


@every_feature
def test_the_same_alone_as_in_a_batch(declared: Feature, pages: list[str]) -> None:
    together = batch_of(*pages)
    laid = values(declared, together)
    for number, html in enumerate(pages):
        own = laid[together.line_article == number]
        np.testing.assert_allclose(own, values(declared, batch_of(html)), atol=1e-5, rtol=0)


@every_feature
def test_plain_text_is_at_ease(declared: Feature) -> None:
    for text in ("", "Rain fell.\n", "\n\nRain fell.\n\nSnow fell.\n"):
        batch = Batch.of(text)
        laid = values(declared, batch)
        assert laid.shape == (len(batch), declared.width)
        assert np.isfinite(laid).all()


def test_markup_words_are_the_same_alone_as_in_a_batch(pages: list[str]) -> None:
    together = batch_of(*pages)
    marks = markup_wording(together, 12)
    assert (np.diff(marks.bounds) > 0).all()
    row = 0
    for html in pages:
        own = markup_wording(batch_of(html), 12)
        for line in range(own.bounds.size - 1):
            expected = sorted(marks.column[marks.bounds[row] : marks.bounds[row + 1]].tolist())
            assert sorted(own.column[own.bounds[line] : own.bounds[line + 1]].tolist()) == expected
            row += 1
    assert row == len(together)


def column(name: str, line: str) -> float:
    """A column of a feature for one line of `NEWS`."""
    batch = batch_of(NEWS)
    declared = FEATURES[name.partition("[")[0]]
    row = [batch.line_text(i).strip() for i in range(len(batch))].index(line)
    return float(values(declared, batch)[row, declared.names.index(name)])


LEDE = "The bridge will stay shut until May, the council said on Monday."
CRACK = "Engineers found a second crack in the north pier last week, and a third on Friday night."
FERRY = "The ferry will run every twenty minutes from six in the morning until midnight."


@pytest.mark.parametrize(
    ("name", "high", "low"),
    [
        ("stands_in[nav]", "Home", LEDE),
        ("stands_in[aside]", "Ferry runs late", LEDE),
        ("own_tag[h1]", "Bridge shut", LEDE),
        ("links[density]", "Home", LEDE),
        ("links[whole]", "Ferry runs late", FERRY),
        ("said_elsewhere[title_is]", "Bridge shut", LEDE),
        ("said_elsewhere[description]", LEDE, FERRY),
        ("said_elsewhere[body]", CRACK, FERRY),
        ("alike[looks_lines]", FERRY, "© The Post"),
        ("container[1_words]", FERRY, "Home"),
        ("depth", "Ferry runs late", "© The Post"),
        ("markup_around[+1_heading]", CRACK, LEDE),
        ("markup_around[-1_same_parent]", CRACK, "© The Post"),
    ],
)
def test_features_see_what_they_are_named_for(name: str, high: str, low: str) -> None:
    assert column(name, high) > column(name, low)


def test_the_main_element_is_the_smallest_with_most_of_the_content() -> None:
    batch = batch_of(NEWS)
    P = np.zeros((len(batch), len(KINDS)), dtype=np.float32)
    P[:, 0] = [batch.line_text(row).strip() in (LEDE, CRACK, FERRY) for row in range(len(batch))]
    declared = FEATURES["main_element"]
    laid = feature_matrix(batch, ["main_element"], P)
    inside = laid[:, declared.names.index("main_element[inside_0.9]")]
    lines = [batch.line_text(row).strip() for row in np.flatnonzero(inside)]
    assert lines == ["Bridge shut", LEDE, CRACK, "Read also", "Ferry runs late", FERRY]


def test_batches_of_pages_pickle() -> None:
    batch = batch_of(NEWS)
    copy = pickle.loads(pickle.dumps(batch))
    for name in OF_PAGES:
        assert np.array_equal(values(FEATURES[name], copy), values(FEATURES[name], batch))
