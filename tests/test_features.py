"""Every declared feature, whatever the text; and the registry."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from conftest import SEEDS
from texts import JUNK, ODD, PROSE

from cleantext.features import FEATURES, Feature, feature, feature_matrix, feature_names
from cleantext.features.neighbours import kinds_around
from cleantext.features.topic import line_vectors, line_words, shared_words, topic_similarity
from cleantext.kinds import BOILERPLATE, KINDS, kind_indices
from cleantext.labelled import read_articles
from cleantext.lexicons import SECTIONS, lexicon, read_phrases
from cleantext.lines import Batch

TEXTS = {
    "no lines": "",
    "one line": "Rain fell on the hills all night, the mayor said.",
    "one word": "rain",
    "one sign": "|",
    "blank lines": "\n \n\t\n\u200b\n",
    "lines between blank ones": "\n\nRain fell.\n\n\nSnow fell.\n\n",
    "emoji": "🙂\n👩‍👩‍👧 🇮🇹\n🙂🙂🙂 100 %\n",
    "odd characters": "\n".join(ODD),
    "many scripts": "\n".join(PROSE),
    "junk": "\n".join(JUNK * 3),
    "the same line again": "Share this\n" * 40,
    "200 kB of words without a break": "word " * 40_000,
    "200 kB of one word": "a" * 200_000,
    "200 kB of signs": "-=|" * 66_000,
}

# What only pages have is tested in `test_markup.py`.
OF_TEXT = {name: FEATURES[name] for name in feature_names("batch", "scores")}
every_feature = pytest.mark.parametrize("declared", OF_TEXT.values(), ids=OF_TEXT.keys())


@pytest.fixture(scope="module")
def batches() -> dict[str, Batch]:
    """Each of `TEXTS` as a batch."""
    return {name: Batch.of(text) for name, text in TEXTS.items()}


@pytest.fixture(scope="module")
def articles() -> list[str]:
    """Articles of several languages, and odd texts between them."""
    real = [article.text for article in read_articles(SEEDS / "test")[::3]]
    odd = [TEXTS[name] for name in TEXTS if "200 kB" not in name]
    return [text for pair in zip(real, odd, strict=False) for text in pair] + odd[len(real) :]


def first_scores(batch: Batch) -> Any:
    """Scores of each line's kinds that depend on its own text alone."""
    draws = [np.random.default_rng(len(batch.line_text(row))) for row in range(len(batch))]
    scores = np.array([draw.dirichlet(np.full(len(KINDS), 0.2)) for draw in draws])
    return scores.reshape(len(batch), len(KINDS)).astype(np.float32)


def compute(declared: Feature, batch: Batch) -> Any:
    given = {"batch": batch, "scores": first_scores(batch)}
    return declared.function(*(given[name] for name in declared.inputs))


@every_feature
def test_documented(declared: Feature) -> None:
    assert declared.unit.strip()
    assert declared.summary.endswith(".")
    assert inspect.getdoc(declared.function)
    assert len(set(declared.names)) == len(declared.names)
    assert declared.inputs[0] == "batch"
    assert set(declared.inputs) <= {"batch", "scores"}


@every_feature
def test_shape_type_and_finite_values(declared: Feature, batches: dict[str, Batch]) -> None:
    for name, batch in batches.items():
        values = compute(declared, batch)
        width = (len(declared.columns),) if declared.columns else ()
        assert values.shape == (len(batch), *width), name
        assert values.dtype == np.float32, name
        assert np.isfinite(values).all(), name


@every_feature
def test_values_lie_in_the_range_that_the_unit_names(declared: Feature, articles: Any) -> None:
    values = compute(declared, Batch(articles))
    if declared.unit.endswith(", 0 to 1") and ";" not in declared.unit:
        assert values.min() >= 0
        assert values.max() <= 1 + 1e-6
    if declared.unit == "0 or 1":
        assert set(np.unique(values).tolist()) <= {0.0, 1.0}
    if declared.unit.startswith("log(1 + "):
        assert values.min() >= 0


@every_feature
def test_some_lines_differ(declared: Feature, articles: Any) -> None:
    values = compute(declared, Batch(articles))
    assert (np.ptp(values, axis=0) > 0).any()


@every_feature
def test_the_same_twice(declared: Feature, articles: Any) -> None:
    first, second = (compute(declared, Batch(articles)) for _ in range(2))
    assert first.tobytes() == second.tobytes()


@every_feature
def test_the_same_alone_as_in_a_batch(declared: Feature, articles: Any) -> None:
    together = Batch(articles)
    values = compute(declared, together)
    for number, text in enumerate(articles):
        own = values[together.line_article == number]
        np.testing.assert_allclose(own, compute(declared, Batch.of(text)), atol=1e-5, rtol=0)


def test_matrix_follows_the_names() -> None:
    batch = Batch.of("A short line\nHello, world!\n")
    names = ["char_count", "line_end", "word_count"]
    matrix = feature_matrix(batch, names)
    assert matrix.dtype == np.float32
    assert matrix.shape == (2, sum(len(FEATURES[name].names) for name in names))
    assert np.array_equal(matrix[:, 0], FEATURES["char_count"].function(batch))
    assert np.array_equal(matrix[:, -1], FEATURES["word_count"].function(batch))
    assert feature_matrix(batch, []).shape == (2, 0)


def test_matrix_refuses_unknown_names() -> None:
    with pytest.raises(ValueError, match="unknown feature 'sparkle'"):
        feature_matrix(Batch.of("a"), ["word_count", "sparkle"])


def test_names_by_input() -> None:
    alone = feature_names("batch")
    assert "word_count" in alone
    assert "own_score" not in alone
    assert "links" not in feature_names("batch", "scores")
    assert set(feature_names("batch", "markup", "scores")) == set(FEATURES)


def test_no_name_is_declared_twice() -> None:
    def word_count(batch: Batch) -> Any:
        """Another of that name."""

    before = dict(FEATURES)
    with pytest.raises(ValueError, match="'word_count' is declared twice"):
        feature("words")(word_count)
    assert before == FEATURES


def column(name: str, text: str) -> list[float]:
    """A column of a feature, say ``link_count[url]``, for each line of a text."""
    declared = FEATURES[name.partition("[")[0]]
    values = compute(declared, Batch.of(text)).reshape(-1, len(declared.names))
    return values[:, declared.names.index(name)].tolist()


@pytest.mark.parametrize(
    ("name", "with_it", "without"),
    [
        ("link_count[url]", "See https://example.org", "See example"),
        ("link_count[email]", "Write to me@example.org", "Write to me"),
        ("link_count[handle]", "Follow @example", "Follow example"),
        ("link_count[hashtag]", "All of #example", "All of example"),
        ("link_count[time]", "At 10:30 sharp", "At noon sharp"),
        ("link_count[price]", "For $12 only", "For 12 only"),
        ("word_density[all_caps]", "READ MORE", "Read more"),
        ("line_start[bullet]", "• first", "first"),
        ("line_end[sentence]", "It rained.”", "It rained"),
        ("line_end[sentence]", "It rained.", ". And then it rained"),
        ("line_end[colon]", "Read:", "Read"),
        ("phrase_count[newsletter]", "Sign up for our letter", "Our letter"),
        ("phrase_density", "Subscribe to our newsletter", "The river rose in the night"),
        ("char_count", "longer line", "line"),
        ("sentence_count", "One. Two. Three.", "One two three."),
    ],
)
def test_features_see_what_they_are_named_for(name: str, with_it: str, without: str) -> None:
    assert column(name, with_it)[0] > column(name, without)[0]


def test_position_counts_within_the_article() -> None:
    first, middle, last = column("relative_position[lines]", "a b c\nd e f\ng h i\n")
    assert (first, middle, last) == (0.0, 0.5, 1.0)
    assert column("repeats[same]", "Share\nRain\nShare\n")[0] > 0
    assert column("repeats[same_before]", "Share\nRain\nShare\n")[0] == 0


def test_a_table_of_contents_is_printed_again() -> None:
    text = "- 1. The bridge\n- 2. The harbour\nRain fell.\nThe bridge\nSnow fell.\n* * *\n***\n"
    before, after, near_before, near_after = feature_matrix(Batch.of(text), ["printed_again"]).T
    assert (after > 0).tolist() == [True, False, False, False, False, False, False]
    assert (before > 0).tolist() == [False, False, False, True, False, False, False]
    assert near_after[0] == pytest.approx(1 / 6) == near_before[0]


def test_likely_lines_of_a_kind_are_counted_on_each_side() -> None:
    batch = Batch.of("One\nTwo\nThree\n")
    scores = np.zeros((3, len(KINDS)), dtype=np.float32)
    scores[[0, 1, 2], [list(KINDS).index(kind) for kind in ("content", "comments", "comments")]] = 1
    found = dict(
        zip(FEATURES["kinds_around"].names, np.expm1(kinds_around(batch, scores)).T, strict=True)
    )
    assert found["kinds_around[before_comments]"].round(4).tolist() == [0, 0, 1]
    assert found["kinds_around[after_comments]"].round(4).tolist() == [2, 1, 0]
    assert not found["kinds_around[before_nav]"].any()


@pytest.mark.parametrize(
    ("form", "other"),
    [("abonnieren", "abonniert"), ("подписаться", "подписывайтесь"), ("Reporters", "reporting")],
)
def test_forms_of_a_word_are_one_word(form: str, other: str) -> None:
    stems = Batch.of(f"{form} {other}\n").tokens.stem
    assert stems[0] == stems[1]
    found = line_words(Batch.of(f"{form}\n{other}\n"))
    assert found.in_article.tolist() == [2, 2]


@pytest.mark.parametrize(
    ("text", "same", "different"),
    [
        ("Der Bürgermeister stimmt im Rathaus ab.", "The mayor votes in the town hall.",
         "The striker scored two goals in the final."),
        ("Le maire vote à la mairie.", "The mayor votes in the town hall.",
         "The striker scored two goals in the final."),
        ("Los futbolistas celebraron los goles en el estadio.",
         "The footballers celebrated the goals in the stadium.",
         "The mayor votes in the town hall."),
    ],
)  # fmt: skip
def test_words_of_other_languages_mean_what_english_ones_do(
    text: str, same: str, different: str
) -> None:
    own, near, far = line_vectors(Batch.of(text, same, different))
    assert own @ near / np.linalg.norm(near) > 2 * own @ far / np.linalg.norm(far)


def test_a_line_off_the_topic_shares_fewer_words() -> None:
    text = (
        "The ferry to Skellig will not sail before April, the harbour master said.\n"
        "Ferry crews had asked for new engines; the harbour has none.\n"
        "Grandma's waffles deserve better butter.\n"
        "The harbour master expects the ferry back from Skellig by April.\n"
    )
    overlap = column("topic_overlap[overlap]", text)
    assert overlap.index(min(overlap)) == 2


def test_lexicons_hold_every_section() -> None:
    assert set(np.unique(lexicon().section).tolist()) == set(range(len(SECTIONS)))
    assert set(SECTIONS) <= BOILERPLATE
    assert kind_indices(SECTIONS)


@pytest.mark.parametrize(
    ("text", "message"),
    [("[nav]\nmenu\n[spam]\n", "en.txt:3: unknown section 'spam'"), ("menu\n", "en.txt:1: phrase")],
)
def test_lexicon_errors_name_the_line(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_phrases(text, "en.txt")


# Topic


def cosine(left: Any, right: Any) -> float:
    norm = np.linalg.norm(left) * np.linalg.norm(right)
    return float(left @ right / norm) if norm > 1e-3 else 0.0


def test_topic_similarity_is_what_it_says(articles: list[str]) -> None:
    """Against sums written out, line by line, in double precision."""
    short = ["Rain fell on the hills.\nSnow fell on the bridge.\n", "14:30\n15:00\n£3\n" * 4]
    nowhere = "The council met on Monday.\n" + "12:30\n" * 6 + "Engineers repair bridges.\n"
    batch = Batch([*articles, *short, nowhere, ""])
    found = topic_similarity(batch)
    every = line_vectors(batch).astype(np.float64)
    for row in range(len(batch)):
        first, last = int(batch.first_line[row]), int(batch.last_line[row])

        def span(low: int, high: int, first: int = first, last: int = last) -> Any:
            return every[max(low, first) : max(min(high, last), first)].sum(axis=0)

        article, line = span(first, last), every[row]
        before, after, window = span(row - 3, row), span(row + 1, row + 4), span(row - 2, row + 3)
        expected = [
            cosine(line, article - line),
            cosine(line, before),
            cosine(line, after),
            cosine(line, before + after),
            cosine(window, article - window),
            cosine(before, after),
        ]
        np.testing.assert_allclose(found[row, :6], expected, atol=1e-4)


def test_the_lines_of_a_plug_share_their_names_with_each_other_alone() -> None:
    batch = Batch.of(
        "Mend your kitchen with Zorblatt\nListen to Zorblatt tonight\n"
        "The council shut the bridge\nThe bridge will open in May\n"
    )
    scores = np.zeros((4, len(KINDS)), dtype=np.float32)
    scores[[0, 2, 3], list(KINDS).index("content")] = 1
    scores[1, list(KINDS).index("promo")] = 1
    content, junk, junk_alone = shared_words(batch, scores).T
    assert content[0] == 0 < junk_alone[0] == junk[0] < 1
    assert content[2] > 0 == junk[2] == junk_alone[2]


def test_common_words_say_nothing_of_a_topic() -> None:
    assert not line_vectors(Batch.of("and the of to in that with\n")).any()
    assert line_vectors(Batch.of("and the council\n")).any()


def test_common_words_of_other_languages_say_nothing_of_a_topic() -> None:
    batch = Batch.of("und der die\nque los para\nnie jest się\n")
    assert not line_vectors(batch).any()


def test_an_unknown_form_has_the_vector_of_its_stem() -> None:
    known, unknown = line_vectors(Batch.of("abonnieren\nabonnierxyz\n"))
    assert known @ unknown > 0.8 * np.linalg.norm(known) * np.linalg.norm(unknown) > 0


def test_forms_of_a_word_weigh_the_same_in_every_line() -> None:
    batch = Batch.of("Internment\ninternational\n", "generalissimo\ngeneral generally\nbridge\n")
    found = line_words(batch)
    for word in np.unique(found.word):
        assert np.unique(found.weight[found.word == word]).size == 1
    cosine = feature_matrix(batch, ["topic_overlap"])[:, 2]
    assert ((cosine >= 0) & (cosine <= 1)).all()
    assert cosine[4] == 0


def test_vectors_of_long_lines_are_those_of_their_parts() -> None:
    words = "council bridge harbour engineers concert minister orchard violin"
    many = line_vectors(Batch.of(f"{words} " * 100 + "\nsnow\n"))
    one = line_vectors(Batch.of(f"{words}\nsnow\n"))
    np.testing.assert_allclose(many, one * [[100], [1]], rtol=1e-4, atol=1e-3)
