"""Lines, tokens and articles of a batch."""

from __future__ import annotations

import pickle
import unicodedata
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from texts import BREAKS, texts

from cleantext.lines import Batch, check_text, line_sums, sentence_ends

# Of: read more : 00 " été " 中
EXPECTED_HASHES = [
    16591537878008732904,
    10909893527399340583,
    6284489875420698127,
    14031071975103742028,
    2466209495703386039,
    805419691479277314,
    2466209495703386039,
    12643923288093938356,
]


def spans(text: str) -> list[tuple[int, int]]:
    """Spans of the lines of a text as `str.splitlines` sees them."""
    ends = np.cumsum([0, *(len(line) for line in text.splitlines(keepends=True))]).tolist()
    return list(pairwise(ends))


def row_spans(batch: Batch) -> list[tuple[int, int]]:
    return [batch.line_span(row) for row in range(len(batch))]


def is_surely_blank(line: str) -> bool:
    return all(char.isspace() or unicodedata.category(char) in ("Cc", "Cf") for char in line)


def token_texts(text: str) -> list[str]:
    batch = Batch.of(text)
    tokens = batch.tokens
    return [text[i : i + n] for i, n in zip(tokens.start, tokens.length, strict=True)]


def hashes(text: str) -> list[int]:
    return Batch.of(text).tokens.hash.tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("One. Two", ["One. ", "Two"]),
        ("One!  Two?\u00a0Three… Four.", ["One!  ", "Two?\u00a0", "Three… ", "Four."]),
        ("“Why?” she said. “Because.” He left.", ["“Why?” she said. ", "“Because.” ", "He left."]),
        ("Mr. J. Smith met Dr. Lee. They ate.", ["Mr. J. Smith met Dr. Lee. ", "They ate."]),
        ("It costs 4.5 pounds. 20 came.", ["It costs 4.5 pounds. ", "20 came."]),
        ("See e.g. the U.S. troops there.", ["See e.g. the U.S. troops there."]),
        ("Er kam, z. B. gestern. Sie nicht.", ["Er kam, z. B. gestern. ", "Sie nicht."]),
        ("桥梁将关闭。市议会表示。", ["桥梁将关闭。", "市议会表示。"]),
        ("Visit example.com today. Bye.", ["Visit example.com today. ", "Bye."]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    edges = [0, *sentence_ends(text), len(text)]
    assert [text[start:end] for start, end in pairwise(edges) if text] == expected


@given(text=texts)
def test_rows_are_the_lines_that_are_not_blank(text: str) -> None:
    batch = Batch.of(text)
    rows, every = row_spans(batch), spans(text)
    assert set(rows) <= set(every)
    assert rows == sorted(rows)
    for start, stop in every:
        line = text[start:stop]
        if is_surely_blank(line):
            assert (start, stop) not in rows
        elif any(char.isascii() and char.isprintable() and char != " " for char in line):
            assert (start, stop) in rows


@pytest.mark.parametrize("end", BREAKS)
def test_no_mark_of_markdown_joins_lines(end: str) -> None:
    text = f'[a{end}b](u "c{end}d") **e{end}f**{end}'
    batch = Batch([text])
    lines = [batch.line_text(row) for row in range(len(batch))]
    assert lines == text.splitlines(keepends=True)


@pytest.mark.parametrize("end", BREAKS)
def test_every_line_break_ends_a_line(end: str) -> None:
    batch = Batch.of(f"one{end}{end}two{end}three")
    assert [batch.line_text(row) for row in range(3)] == [f"one{end}", f"two{end}", "three"]


def test_no_other_character_ends_a_line() -> None:
    # "\x1f", the tab and U+200B look like breaks and aren't.
    assert len(Batch.of("one\x1ftwo\tthree\u200bfour\x00five")) == 1


@pytest.mark.parametrize(
    "char", ["a", "É", "ß", "中", "あ", "ไ", "ع", "ж", "٣", "7", "—", "$", "🙂"]
)
def test_one_character_to_read_makes_a_row(char: str) -> None:
    assert len(Batch.of(f"\n {char}\n\n")) == 1


@pytest.mark.parametrize("char", ["", " ", "\t", "\u3000", "\u200b", "\ufeff", "\x00", "\u00ad"])
def test_nothing_to_read_makes_no_row(char: str) -> None:
    assert len(Batch.of(f"\n{char}{char}\n")) == 0


@pytest.mark.parametrize("texts", [[], [""], ["", ""], ["\n", " "]])
def test_batches_without_lines(texts: list[str]) -> None:
    batch = Batch(texts)
    assert len(batch) == 0
    assert batch.n_articles == len(texts)
    assert batch.article_lines.tolist() == [0] * len(texts)
    assert batch.tokens.hash.size == 0


@given(batch=st.lists(texts, max_size=5))
def test_an_article_is_the_same_alone_as_in_a_batch(batch: list[str]) -> None:
    together = Batch(batch)
    assert together.article_lines.sum() == len(together)
    for article, text in enumerate(batch):
        alone = Batch.of(text)
        rows = np.flatnonzero(together.line_article == article).tolist()
        assert [together.line_span(row) for row in rows] == row_spans(alone)
        assert [together.line_text(row) for row in rows] == [
            alone.line_text(row) for row in range(len(alone))
        ]
        own = np.isin(together.tokens.line, rows)
        assert together.tokens.hash[own].tolist() == alone.tokens.hash.tolist()
        assert together.tokens.length[own].tolist() == alone.tokens.length.tolist()
        assert together.tokens.is_word[own].tolist() == alone.tokens.is_word.tolist()


@given(batch=st.lists(texts, max_size=4))
def test_first_and_last_line_bound_the_article(batch: list[str]) -> None:
    together = Batch(batch)
    for row, article in enumerate(together.line_article.tolist()):
        first, last = int(together.first_line[row]), int(together.last_line[row])
        assert first <= row < last
        assert together.line_article.tolist()[first:last] == [article] * (last - first)
        assert last - first == together.article_lines[article]


@given(text=texts)
def test_tokens_lie_in_their_lines_and_cover_what_can_be_read(text: str) -> None:
    batch = Batch.of(text)
    tokens = batch.tokens
    stop = tokens.start + tokens.length
    assert (tokens.length > 0).all()
    assert (tokens.start >= batch.line_start[tokens.line]).all()
    assert (stop <= batch.line_stop[tokens.line]).all()
    assert (tokens.start[1:] >= stop[:-1]).all()
    assert np.diff(batch.token_bounds).min(initial=1) >= 1  # every row has a token
    covered = {place for a, b in zip(tokens.start, stop, strict=True) for place in range(a, b)}
    readable = {i for i, char in enumerate(text) if char.isascii() and char.isalnum()}
    assert readable <= covered


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't stop", ["Don", "'", "t", "stop"]),
        ("A1 road, 3.50!", ["A1", "road", ",", "3", ".", "50", "!"]),
        ("naïve cafe\u0301", ["naïve", "cafe\u0301"]),
        ("日本語 text", ["日", "本", "語", "text"]),
        ("a\u200bb", ["a", "b"]),
        ("one\ntwo", ["one", "two"]),
        ("...", [".", ".", "."]),
        ("🙂🙂", ["🙂", "🙂"]),
        ("", []),
    ],
)
def test_tokens_are_words_and_single_signs(text: str, expected: list[str]) -> None:
    assert token_texts(text) == expected


def test_words_and_signs_are_told_apart() -> None:
    assert Batch.of("Hi, 7 日 🙂").tokens.is_word.tolist() == [True, False, True, True, False]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("READ Straße ÉTÉ ЖУК", "read straße été жук"),
        ("in 2024", "in 1999"),
        ("“so’ — it’s", "\"so' - it's"),
        ("a  b", "a\tb"),
    ],
)
def test_tokens_fold_case_digits_quotes_and_dashes(left: str, right: str) -> None:
    assert hashes(left) == hashes(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [("ab", "ba"), ("12", "123"), ("a", "á"), (".", "!"), ("aa", "a"), ("l", "1")],
)
def test_different_tokens_have_different_hashes(left: str, right: str) -> None:
    assert hashes(left) != hashes(right)


@pytest.mark.parametrize(
    ("word", "stem"),
    [("abonnieren", "abonni"), ("Reporters", "report"), ("report", "report"), ("go", "go"),
     ("1234567", "1234567"[:6]), ("подписаться", "подпис")],
)  # fmt: skip
def test_a_stem_is_the_first_six_characters(word: str, stem: str) -> None:
    tokens = Batch.of(f"{word} {stem}\n").tokens
    assert tokens.stem[0] == tokens.hash[1] == tokens.stem[1]


def test_hashes_are_the_same_on_every_machine() -> None:
    """Models store hashes: these may not change without a new format number."""
    assert hashes("Read more: 24 “été” 中") == EXPECTED_HASHES


def test_batches_pickle() -> None:
    batch = Batch.of("one\ntwo", "three")
    copy = pickle.loads(pickle.dumps(batch))
    assert copy.texts == batch.texts
    assert copy.tokens.hash.tolist() == batch.tokens.hash.tolist()


def test_only_text_makes_a_batch() -> None:
    with pytest.raises(TypeError, match="text must be a str, not bytes: decode it first"):
        Batch.of("fine", b"bytes")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="title must be a str, not int"):
        check_text(3, "title")


@given(st.lists(st.text("ab .\n", max_size=9), max_size=4))
def test_line_sums_sum_the_tokens_of_each_line(texts: list[str]) -> None:
    batch = Batch(texts)
    found = line_sums(batch, batch.tokens.length)
    lines = [line for text in texts for line in text.splitlines() if line.strip()]
    assert found.tolist() == [len("".join(line.split())) for line in lines]
