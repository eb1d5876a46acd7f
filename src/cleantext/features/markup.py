"""What HTML says of a line: its elements, links, what repeats, and where the main text stands."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np

from cleantext.features.neighbours import around
from cleantext.features.registry import feature
from cleantext.features.shape import is_prose, word_counts
from cleantext.features.wording import hash_column
from cleantext.lines import (
    Batch,
    BoolArray,
    FloatArray,
    HashArray,
    IntArray,
    followed_by,
    once_per_batch,
)
from cleantext.markup import BITS, LEVELS, TAGS, Columns, ancestors, columns, containers, span_means

__all__ = ["MarkupWording", "markup_wording"]

_NEAR = 3  # elements from a line outward whose words count apart from those further out
_MOST_WORDS = 10  # words read of one element
_NEAR_WORD, _FAR_WORD, _NEAR_PAIR, _TAG_AT, _LOOKS_OF = (
    np.uint64((part + 11) * 0xD6E8FEB86659FD93 % 2**64) for part in range(5)
)


class MarkupWording(NamedTuple):
    """Columns of the hashed matrix that a line's elements set, grouped by line."""

    column: IntArray
    """Columns; each weighs 1 / sqrt(columns of the line)."""
    bounds: IntArray
    """First column of each line and one past the last, shape (n_lines + 1,)."""

    @property
    def weight(self) -> FloatArray:
        """Weight of each line's columns, shape (n_lines,)."""
        return (2.0 / np.sqrt(np.maximum(np.diff(self.bounds), 1))).astype(np.float32)


def markup_wording(batch: Batch, bits: int) -> MarkupWording:
    """Hash tags, and class and id words, of the elements around each line.

    The nearest elements' words, and pairs of these, count apart from those further out. Every
    line of a page has columns; a line of plain text has one, the same for all.
    """
    markup = columns(batch)
    chain = ancestors(batch)
    n = len(batch)
    found = _class_words(batch)
    words = np.append(markup.words, -1)[chain]  # shape (n, levels), -1 past the root
    count = np.where(words >= 0, found.size[words], 0)
    start = found.start[words]
    level = np.broadcast_to(np.arange(LEVELS), chain.shape)
    line = np.broadcast_to(np.arange(n)[:, None], chain.shape)

    used = np.flatnonzero(count.ravel())
    size = count.ravel()[used]
    owner = np.repeat(used, size)
    rank = np.arange(owner.size) - np.repeat(np.cumsum(size) - size, size)
    at = start.ravel()[owner] + rank
    near = level.ravel()[owner] < _NEAR
    hashes = [hash_column(found.hash[at], np.where(near, _NEAR_WORD, _FAR_WORD), bits)]
    lines = [line.ravel()[owner]]
    paired = np.flatnonzero(near & (rank + 1 < count.ravel()[owner]))
    hashes.append(hash_column(found.pair[at[paired]], _NEAR_PAIR, bits))
    lines.append(lines[0][paired])

    tags = np.append(markup.tag, 0)[chain[:, :4]]
    known = tags > 0
    key = (tags * 8 + np.arange(4)).astype(np.uint64)
    hashes.append(hash_column(_scatter(key[known]), _TAG_AT, bits))
    lines.append(line[:, :4][known])
    path = tags[:, 0] * 4096 + tags[:, 1] * 64 + tags[:, 2]
    hashes.append(hash_column(_scatter(path.astype(np.uint64)), _LOOKS_OF, bits))
    lines.append(np.arange(n))

    column, owner = np.concatenate(hashes), np.concatenate(lines)
    # Sixteen bits are sorted by radix, which is quicker by far.
    order = np.argsort(owner.astype(np.uint16) if n <= 1 << 16 else owner, kind="stable")
    bounds = np.searchsorted(owner[order], np.arange(n + 1))
    return MarkupWording(column[order].astype(np.int64), bounds)


def _scatter(key: HashArray) -> HashArray:
    return followed_by(key, np.full_like(key, 97))


class _ClassWords(NamedTuple):
    """Words of every distinct class string, one run each."""

    hash: HashArray
    pair: HashArray
    """Hash of a word and the one after it."""
    start: IntArray
    size: IntArray


@once_per_batch
def _class_words(batch: Batch) -> _ClassWords:
    classes = columns(batch).classes
    # A line each: blank ones are no rows, so that a string's row is looked up.
    lines = "\n".join(" ".join(words.split()) for words in classes)
    texts = Batch([lines.replace("_", " ")])  # which parts words, too, and is no mark of Markdown
    tokens = texts.tokens
    is_word = tokens.is_word
    hashes = tokens.hash[is_word]
    breaks = np.flatnonzero(texts.codes == ord("\n"))
    string = np.searchsorted(breaks, tokens.start[is_word])
    count = np.bincount(string, minlength=len(classes))
    start = np.cumsum(count) - count
    pair = np.zeros_like(hashes)
    if hashes.size:
        pair[:-1] = followed_by(hashes[:-1], hashes[1:])
    return _ClassWords(hashes, pair, start, np.minimum(count, _MOST_WORDS))


# Which of a line's own looks --------------------------------------------------------------


def _bits(markup: Columns, of: IntArray) -> FloatArray:
    laid: IntArray = (markup.bits[of][:, None] >> np.arange(len(BITS))) & 1
    return laid.astype(np.float32)


@feature("0 or 1", BITS)
def stands_in(batch: Batch, markup: Columns) -> FloatArray:
    """What the line stands in, at any depth: a link, a list, a quotation, a footer, …."""
    return _bits(markup, markup.element)


_OWN_TAGS = TAGS[1:]


@feature("0 or 1", _OWN_TAGS)
def own_tag(batch: Batch, markup: Columns) -> FloatArray:
    """Tag of the innermost element around the line's first word."""
    laid: BoolArray = markup.tag[markup.element][:, None] == np.arange(1, len(TAGS))
    return laid.astype(np.float32)


def _link_density(markup: Columns) -> FloatArray:
    density: FloatArray = markup.link_chars / np.maximum(markup.chars, 1)
    return density


@feature("share of characters, 0 to 1; log(1 + links)", ["density", "count", "whole"])
def links(batch: Batch, markup: Columns) -> FloatArray:
    """How much of the line is inside links, how many there are, and whether it is all link."""
    density = _link_density(markup)
    count = np.log1p(markup.links)
    return np.stack([density, count, density > 0.9], axis=1).astype(np.float32)


@feature("log(1 + elements)")
def depth(batch: Batch, markup: Columns) -> FloatArray:
    """Elements around the line."""
    result: FloatArray = np.log1p(markup.depth[markup.element]).astype(np.float32)
    return result


@feature("share of words, 0 to 1; 0 or 1", ["title", "title_is", "description", "body", "has_body"])
def said_elsewhere(batch: Batch, markup: Columns) -> FloatArray:
    """Pairs of the line's words that the page's own title, description and JSON-LD body hold."""
    tokens = batch.tokens
    n = len(batch)
    laid = np.zeros((n, 5), dtype=np.float32)
    word = np.flatnonzero(tokens.is_word)
    if not word.size:
        return laid
    line = tokens.line[word]
    joined = np.zeros(word.size, dtype=np.bool_)
    joined[:-1] = line[1:] == line[:-1]
    pair = np.zeros(word.size, dtype=np.uint64)
    pair[:-1] = followed_by(tokens.hash[word[:-1]], tokens.hash[word[1:]])
    pairs = np.bincount(line, weights=joined, minlength=n)
    bounds = np.append(0, np.cumsum(batch.article_lines))
    token_of = np.searchsorted(line, bounds)
    said = _pairs(
        [text for page in markup.pages for text in (page.title, page.description, page.body)]
    )
    for number in range(len(markup.pages)):
        rows = slice(int(bounds[number]), int(bounds[number + 1]))
        own = slice(int(token_of[number]), int(token_of[number + 1]))
        for column, known in zip((0, 2, 3), said[3 * number : 3 * number + 3], strict=True):
            if not known.size or own.start == own.stop:
                continue
            at = np.minimum(np.searchsorted(known, pair[own]), known.size - 1)
            hit = (known[at] == pair[own]) & joined[own]
            count = np.bincount(line[own] - rows.start, weights=hit,
                                minlength=rows.stop - rows.start)  # fmt: skip
            laid[rows, column] = count / np.maximum(pairs[rows], 1)
            if column == 0:
                laid[rows, 1] = (laid[rows, 0] > 0.99) & (count * 2 >= known.size / 2)
            if column == 3:
                laid[rows, 4] = 1
    return laid


def _pairs(texts: list[str]) -> list[HashArray]:
    """Distinct pairs of neighbouring words of each text, sorted."""
    batch = Batch([" ".join(text.split()) for text in texts])
    tokens = batch.tokens
    hashes = tokens.hash[tokens.is_word]
    text = batch.line_article[tokens.line[tokens.is_word]]
    if hashes.size < 2:
        return [hashes[:0] for _ in texts]
    pairs = followed_by(hashes[:-1], hashes[1:])[text[1:] == text[:-1]]
    owner = text[:-1][text[1:] == text[:-1]]
    bounds = np.searchsorted(owner, np.arange(len(texts) + 1))
    return [np.unique(pairs[low:high]) for low, high in itertools.pairwise(bounds.tolist())]


# Around it ---------------------------------------------------------------------------------


@once_per_batch
def _heading_levels(batch: Batch) -> FloatArray:
    """1 for a first-level heading down to 1/6, 0 for all else."""
    markup = columns(batch)
    chain = ancestors(batch)[:, :4]
    tags = np.append(markup.tag, 0)[chain]
    level: IntArray = tags - TAGS.index("h1")
    inside = (level >= 0) & (level < 6)
    heights: FloatArray = np.where(inside, 6 - level, 0).max(axis=1, initial=0) / 6
    return heights


_SEEN = ("link", "item", "heading", "same_parent", "same_look")
_OFFSETS = (-3, -2, -1, 1, 2, 3)


@feature("share or 0 or 1", [f"{o:+d}_{look}" for o in _OFFSETS for look in _SEEN])
def markup_around(batch: Batch, markup: Columns) -> FloatArray:
    """Links, list items, headings and likeness of the lines up to three away."""
    item = (markup.bits[markup.element] >> BITS.index("item")) & 1
    looks = np.stack([_link_density(markup), item, _heading_levels(batch)], axis=1)
    seen = around(batch, looks.astype(np.float32), _OFFSETS).reshape(len(batch), len(_OFFSETS), 3)
    # Numbers from 1, so that 0 past the ends of a page equals none.
    keys = np.stack([containers(batch, 1).first[:, 0] + 1, _looks_alike(batch)[0] + 1], axis=1)
    near = around(batch, keys.astype(np.float64), _OFFSETS).reshape(len(batch), len(_OFFSETS), 2)
    same = near == keys[:, None, :]
    laid = np.concatenate([seen, same], axis=2).reshape(len(batch), len(_OFFSETS) * len(_SEEN))
    return laid.astype(np.float32)


@once_per_batch
def _looks_alike(batch: Batch) -> tuple[IntArray, IntArray]:
    """Groups of lines whose tags and classes are the same, four elements out; then by tags."""
    markup = columns(batch)
    chain = ancestors(batch)[:, :5]
    words = np.append(markup.words, -1)[chain]
    tags = np.append(markup.tag, -1)[chain]
    page = batch.line_article.astype(np.uint64) + np.uint64(1)
    groups = []
    for width, with_words in ((4, True), (5, False)):
        key = page
        for level in range(width):
            key = followed_by(key, tags[:, level].astype(np.uint64))
            if with_words:
                key = followed_by(key, words[:, level].astype(np.uint64))
        groups.append(np.unique(key, return_inverse=True)[1].reshape(-1))
    return groups[0], groups[1]


def _group_sums(group: IntArray, values: FloatArray | IntArray | BoolArray) -> FloatArray:
    sums: FloatArray = np.bincount(group, weights=values.astype(np.float64)).astype(np.float64)
    return sums[group]


_ALIKE = ("lines", "words", "mean_words", "prose", "link_density", "share", "run")


@feature("log(1 + count), or a share", [f"{by}_{n}" for by in ("looks", "tags") for n in _ALIKE])
def alike(batch: Batch, markup: Columns) -> FloatArray:
    """Lines of the page in the same elements: how many, how long, how linked, how close by."""
    words = word_counts(batch).astype(np.float64)
    prose = is_prose(batch)
    whole = np.bincount(batch.line_article, weights=words, minlength=batch.n_articles)
    page_words = np.maximum(whole[batch.line_article], 1)
    laid = []
    for group in _looks_alike(batch):
        if not group.size:
            return np.zeros((0, 2 * len(_ALIKE)), dtype=np.float32)
        lines = _group_sums(group, np.ones(group.size))
        total = _group_sums(group, words)
        chars = _group_sums(group, markup.chars)
        linked = _group_sums(group, markup.link_chars)
        starts = np.flatnonzero(np.diff(group, prepend=-1))
        run = np.repeat(np.diff(starts, append=group.size), np.diff(starts, append=group.size))
        laid += [
            np.log1p(lines), np.log1p(total), np.log1p(total / lines),
            np.log1p(_group_sums(group, prose)), linked / np.maximum(chars, 1),
            total / page_words, np.log1p(run),
        ]  # fmt: skip
    return np.stack(laid, axis=1).astype(np.float32)


_CONTAINERS = 5
_HELD = ("words", "lines", "prose", "link_density", "share", "place")


@feature(
    "log(1 + count), or a share, 0 to 1",
    [f"{level}_{n}" for level in range(1, _CONTAINERS + 1) for n in _HELD],
)
def container(batch: Batch, markup: Columns) -> FloatArray:
    """Size, prose, links and share of the page of the elements around the line."""
    first, last = containers(batch, _CONTAINERS)
    words = word_counts(batch).astype(np.float64)
    total = np.append(0.0, np.cumsum(words))
    prose = np.append(0.0, np.cumsum(is_prose(batch), dtype=np.float64))
    chars = np.append(0.0, np.cumsum(markup.chars, dtype=np.float64))
    linked = np.append(0.0, np.cumsum(markup.link_chars, dtype=np.float64))
    page = (total[batch.last_line] - total[batch.first_line])[:, None]
    row = np.arange(len(batch))[:, None]
    held = total[last] - total[first]
    columns_ = [
        np.log1p(held),
        np.log1p(last - first),
        np.log1p(prose[last] - prose[first]),
        (linked[last] - linked[first]) / np.maximum(chars[last] - chars[first], 1),
        held / np.maximum(page, 1),
        (row - first) / np.maximum(last - first - 1, 1),
    ]
    laid = np.stack(columns_, axis=2).reshape(len(batch), _CONTAINERS * len(_HELD))
    return laid.astype(np.float32)


# With first-pass scores --------------------------------------------------------------------


@feature("mean probability, 0 to 1",
         [f"{n}_{level}" for level in range(1, _CONTAINERS + 1) for n in ("content", "by_words")]
         )  # fmt: skip
def container_score(batch: Batch, markup: Columns, scores: FloatArray) -> FloatArray:
    """First-pass scores of content in the elements around the line, plain and by words."""
    first, last = containers(batch, _CONTAINERS)
    words = word_counts(batch) + 1.0
    content = scores[:, 0].astype(np.float64)
    plain = span_means(content, first, last)
    by_words = span_means(content * words, first, last) / np.maximum(
        span_means(words, first, last), 1e-9
    )
    laid = np.stack([plain, by_words], axis=2).reshape(len(batch), 2 * _CONTAINERS)
    return np.clip(laid, 0, 1).astype(np.float32)


@feature("mean probability, 0 to 1", ["looks", "looks_by_words", "tags", "tags_by_words"])
def alike_score(batch: Batch, markup: Columns, scores: FloatArray) -> FloatArray:
    """First-pass score of content of the page's lines in the same elements."""
    words = word_counts(batch) + 1.0
    content = scores[:, 0].astype(np.float64)
    laid = []
    for group in _looks_alike(batch):
        if not group.size:
            return np.zeros((0, 4), dtype=np.float32)
        laid.append(_group_sums(group, content) / _group_sums(group, np.ones(group.size)))
        laid.append(_group_sums(group, content * words) / _group_sums(group, words))
    return np.stack(laid, axis=1).astype(np.float32)


_SHARES = (0.9, 0.6)


@feature("0 or 1; log(1 + count); a share",
         [f"{n}_{share:g}" for share in _SHARES
          for n in ("inside", "above", "below", "levels", "density", "share")])  # fmt: skip
def main_element(batch: Batch, markup: Columns, scores: FloatArray) -> FloatArray:
    """Where the line stands to the smallest element with most of the likely content.

    `inside` it, `above` or `below` it by so many lines, `levels` out to the first element that
    holds both; `density` and `share` say how sure that element is.
    """
    words = word_counts(batch).astype(np.float64)
    content = scores[:, 0].astype(np.float64) * words
    total = np.append(0.0, np.cumsum(content))
    all_words = np.append(0.0, np.cumsum(words))
    held = total[markup.last] - total[markup.first]
    n = len(batch)
    laid = np.zeros((n, len(_SHARES), 6))
    row = np.arange(n)
    bounds = np.append(0, np.cumsum(batch.article_lines))
    elements = np.append(markup.root, markup.tag.size)
    for number in range(batch.n_articles):
        low, high = int(bounds[number]), int(bounds[number + 1])
        own = slice(int(elements[number]), int(elements[number + 1]))
        whole = total[high] - total[low]
        if low == high:
            continue
        first, last, inside = markup.first[own], markup.last[own], held[own]
        for place, share in enumerate(_SHARES):
            # In document order the last element that holds enough is the smallest, for above a
            # half there is but one chain of them.
            enough = np.flatnonzero(inside >= share * whole)
            main = int(enough[-1]) if enough.size else 0
            begin, end = int(first[main]), int(last[main])
            chain = enough[(first[enough] <= begin) & (last[enough] >= end)]
            steps = np.unique(np.stack([first[chain], last[chain]], axis=1), axis=0)
            depth_of = np.zeros(high - low + 1)
            np.add.at(depth_of, steps[:, 0] - low, 1)
            np.add.at(depth_of, steps[:, 1] - low, -1)
            around_it = np.cumsum(depth_of)[:-1]
            here = row[low:high]
            size = all_words[end] - all_words[begin]
            laid[low:high, place, 0] = (here >= begin) & (here < end)
            laid[low:high, place, 1] = np.log1p(np.maximum(begin - here, 0))
            laid[low:high, place, 2] = np.log1p(np.maximum(here - end + 1, 0))
            laid[low:high, place, 3] = np.log1p(len(steps) - around_it)
            laid[low:high, place, 4] = inside[main] / max(size, 1)
            laid[low:high, place, 5] = inside[main] / max(whole, 1e-9)
    return laid.reshape(n, 6 * len(_SHARES)).astype(np.float32)
