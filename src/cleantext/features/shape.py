"""What a line looks like, whatever its language."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from cleantext.features.registry import feature, side_by_side
from cleantext.lines import (
    DIGIT,
    IDEOGRAPH,
    LETTER,
    LOWER,
    OTHER,
    PUNCTUATION,
    SPACE,
    SYMBOL,
    UPPER,
    Batch,
    BoolArray,
    FloatArray,
    HashArray,
    IntArray,
    line_sums,
    once_per_batch,
)  # fmt: skip

__all__ = ["ends_sentence", "is_prose", "link_signs", "sign_counts"]

_SIGNS = {
    "period": ".。।։…",
    "comma": ",、，،",
    "question": "?？؟",
    "exclamation": "!！",
    "colon": ":：",
    "semicolon": ";；",
    "quote": '"“”„‟«»「」『』',
    "apostrophe": "'‘’",
    "dash": "-–—‒−",
    "bracket": "()[]{}（）【】",
    "slash": "/\\",
    "bar": "|｜¦",
    "bullet": "•·▪◦‣●■○*∙・",
    "arrow": "→›>»▶►▸➔➜➤⟶❯↓↑←‹<",
    "at": "@",
    "hash": "#",
    "currency": "$€£¥₹₽₩₺₴฿",
    "percent": "%‰",
    "legal": "©®™℗",
    "plus": "+=&_~^",
}
_SIGN_NAMES = ("other_sign", *_SIGNS)
_BULLETS = tuple(_SIGN_NAMES.index(n) for n in ("bullet", "dash", "arrow", "bar"))
_PERIOD, _QUESTION, _EXCLAMATION = (
    _SIGN_NAMES.index(n) for n in ("period", "question", "exclamation")
)
_COLON, _QUOTE, _BRACKET = (_SIGN_NAMES.index(n) for n in ("colon", "quote", "bracket"))


@lru_cache(maxsize=1)
def _sign_table() -> npt.NDArray[np.uint8]:
    table = np.zeros(0x10000, dtype=np.uint8)
    for number, name in enumerate(_SIGNS, 1):
        for sign in _SIGNS[name]:
            if not table[ord(sign)]:
                table[ord(sign)] = number
    return table


@once_per_batch
def _token_signs(batch: Batch) -> IntArray:
    """Index into `_SIGN_NAMES` of each token that is a sign, -1 for words."""
    codes = batch.codes[batch.tokens.start]
    sign = _sign_table()[np.minimum(codes, 0xFFFF)].astype(np.int64)
    sign[batch.tokens.is_word] = -1
    return sign


def _among(values: npt.NDArray[np.generic], wanted: Iterable[object]) -> BoolArray:
    """Mark the values that equal one of a few: quicker than `numpy.isin` on short arrays."""
    found = np.zeros(values.shape, dtype=np.bool_)
    for value in wanted:
        found |= values == value
    return found


def _share(part: npt.NDArray[np.generic], whole: npt.NDArray[np.generic]) -> FloatArray:
    result: FloatArray = (part / np.maximum(whole, 1)).astype(np.float32)
    return result


def _log(count: npt.NDArray[np.generic]) -> FloatArray:
    result: FloatArray = np.log1p(count).astype(np.float32)
    return result


@once_per_batch
def _touching(batch: Batch) -> BoolArray:
    """Whether nothing stands between a token and the one before; one more, False, at the end."""
    tokens = batch.tokens
    touches = np.zeros(tokens.start.size + 1, dtype=np.bool_)
    touches[1:-1] = tokens.start[1:] == (tokens.start + tokens.length)[:-1]
    return touches


@once_per_batch
def _last_kinds(batch: Batch) -> npt.NDArray[np.uint8]:
    """Class of the last character of each token."""
    tokens = batch.tokens
    kinds: npt.NDArray[np.uint8] = batch.classes[tokens.start + tokens.length - 1]
    return kinds


@once_per_batch
def class_counts(batch: Batch) -> IntArray:
    """Characters of each class in each line, shape (n_lines, 10)."""
    size = batch.line_stop - batch.line_start
    before = np.cumsum(size) - size
    line = np.repeat(np.arange(len(batch)), size)
    where = np.arange(line.size) + np.repeat(batch.line_start - before, size)
    key = line * 10 + batch.classes[where]
    return np.bincount(key, minlength=10 * len(batch)).reshape(-1, 10)


@once_per_batch
def sign_counts(batch: Batch) -> IntArray:
    """Signs of each sort in each line, shape (n_lines, n_sorts)."""
    sign = _token_signs(batch)
    is_sign = sign >= 0
    width = len(_SIGN_NAMES)
    key = batch.tokens.line[is_sign] * width + sign[is_sign]
    return np.bincount(key, minlength=width * len(batch)).reshape(-1, width)


@once_per_batch
def _word_sums(batch: Batch) -> IntArray:
    """Tokens of each line that are words."""
    found: IntArray = line_sums(batch, batch.tokens.is_word)
    return found


@once_per_batch
def word_counts(batch: Batch) -> IntArray:
    """Words in each line; two characters of an unspaced script count as one word."""
    tokens = batch.tokens
    ideographs = line_sums(batch, tokens.kind == IDEOGRAPH)
    words: IntArray = _word_sums(batch) - ideographs // 2
    return words


@once_per_batch
def ends_sentence(batch: Batch) -> BoolArray:
    """Whether the line ends as a sentence does, closing quotes and brackets aside."""
    sign = _token_signs(batch)
    last = batch.token_bounds[1:] - 1
    first = batch.token_bounds[:-1]
    done = np.zeros(len(batch), dtype=np.bool_)
    looking = np.ones(len(batch), dtype=np.bool_)  # nothing but closing signs so far
    for back in range(3):
        found = sign[np.maximum(last - back, first)]
        done |= looking & ((found == _PERIOD) | (found == _QUESTION) | (found == _EXCLAMATION))
        looking &= (found == _QUOTE) | (found == _BRACKET)
    return done


@once_per_batch
def is_prose(batch: Batch) -> BoolArray:
    """Whether a line is a paragraph of prose by its looks: long and ending as a sentence."""
    return ends_sentence(batch) & (word_counts(batch) >= 14)


@feature("log(1 + words)")
def word_count(batch: Batch) -> FloatArray:
    """Words in the line."""
    return _log(word_counts(batch))


@feature("log(1 + characters)")
def char_count(batch: Batch) -> FloatArray:
    """Characters in the line, white space aside."""
    counts = class_counts(batch)
    return _log(counts.sum(axis=1) - counts[:, SPACE] - counts[:, OTHER])


@feature("characters")
def mean_word_length(batch: Batch) -> FloatArray:
    """Mean length of the line's words."""
    tokens = batch.tokens
    length = line_sums(batch, np.where(tokens.is_word, np.minimum(tokens.length, 40), 0))
    return _share(length, _word_sums(batch))


@feature(
    "share of characters, 0 to 1",
    ["lower", "upper", "letter", "ideograph", "digit", "punctuation", "symbol", "invisible"],
)
def char_density(batch: Batch) -> FloatArray:
    """Share of each class of characters in the line."""
    counts = class_counts(batch)
    counts = counts[:, [LOWER, UPPER, LETTER, IDEOGRAPH, DIGIT, PUNCTUATION, SYMBOL, OTHER]]
    return _share(counts, counts.sum(axis=1, keepdims=True))


@feature("share of words, 0 to 1", ["capitalised", "all_caps", "number", "long", "short"])
def word_density(batch: Batch) -> FloatArray:
    """Share of words that are capitalised, all capitals, numbers, long (9+) or short (1 to 3)."""
    tokens = batch.tokens
    first, last = tokens.kind, _last_kinds(batch)
    columns = [
        first == UPPER,
        (first == UPPER) & (last == UPPER) & (tokens.length > 1),
        first == DIGIT,
        tokens.is_word & (tokens.length >= 9),
        tokens.is_word & (tokens.length <= 3),
    ]
    return _share(line_sums(batch, np.array(columns)).T, _word_sums(batch)[:, None])


@feature("log(1 + signs)", _SIGN_NAMES)
def sign_count(batch: Batch) -> FloatArray:
    """Signs of each sort in the line."""
    return _log(sign_counts(batch))


@feature("log(1 + sentences)")
def sentence_count(batch: Batch) -> FloatArray:
    """Sentence ends inside the line: a stop that white space or the line's end follows."""
    sign = _token_signs(batch)
    stop = (sign == _PERIOD) | (sign == _QUESTION) | (sign == _EXCLAMATION)
    return _log(line_sums(batch, stop & ~_touching(batch)[1:]))


@feature("0 or 1", ["lower", "upper", "digit", "quote", "bullet", "hash", "bracket", "other"])
def line_start(batch: Batch) -> FloatArray:
    """What the line starts with."""
    first = batch.token_bounds[:-1]
    kind = batch.tokens.kind[first]
    sign = _token_signs(batch)[first]
    bullet = _among(sign, _BULLETS)
    hash_sign = sign == _SIGN_NAMES.index("hash")
    known = [kind == LOWER, kind == UPPER, kind == DIGIT, sign == _QUOTE, bullet, hash_sign,
             sign == _BRACKET]  # fmt: skip
    rest = ~np.logical_or.reduce(known)
    return side_by_side([*known, rest])


_ENDS = ("period", "question", "exclamation", "colon", "quote", "bracket", "comma", "arrow", "bar")
_END_SIGNS = np.array([_SIGN_NAMES.index(name) for name in _ENDS])


@feature("0 or 1", [*_ENDS, "digit", "word", "sentence"])
def line_end(batch: Batch) -> FloatArray:
    """What the line ends with; `sentence` looks behind closing quotes and brackets."""
    last = batch.token_bounds[1:] - 1
    sign = _token_signs(batch)[last]
    kind = batch.tokens.kind[last]
    signs = sign == _END_SIGNS[:, None]
    word = (kind >= LOWER) & (kind <= IDEOGRAPH)
    return side_by_side([*signs, kind == DIGIT, word, ends_sentence(batch)])


_LINKS = ("url", "domain", "email", "handle", "hashtag", "time", "price", "decimal", "code")


@lru_cache(maxsize=1)
def _hashes(*words: str) -> HashArray:
    return np.unique(Batch.of(" ".join(words)).tokens.hash)


def _neighbours(marks: BoolArray) -> tuple[BoolArray, BoolArray]:
    """Marks of the token before and of the token after each."""
    before, after = np.zeros_like(marks), np.zeros_like(marks)
    before[1:], after[:-1] = marks[:-1], marks[1:]
    return before, after


def link_signs(batch: Batch) -> IntArray:
    """Count addresses, handles, tags, times, prices and codes, shape (n_lines, n_sorts)."""
    tokens = batch.tokens
    codes = batch.codes[tokens.start]
    kind = tokens.kind
    before, after = _touching(batch)[:-1], _touching(batch)[1:]
    word = tokens.is_word
    word_before, word_after = _neighbours(word)
    word_before, word_after = word_before & before, word_after & after
    digit = kind == DIGIT
    digit_before, digit_after = _neighbours(digit)
    digit_near = digit_before | digit_after
    digit_before, digit_after = digit_before & before, digit_after & after
    last = _last_kinds(batch)
    currency = _token_signs(batch) == _SIGN_NAMES.index("currency")
    columns = [
        _among(tokens.hash, _hashes("http", "https", "www")),
        (codes == 46) & word_before & word_after & ~digit_after & (last != DIGIT),
        (codes == 64) & word_before & word_after,
        (codes == 64) & ~word_before & word_after,
        (codes == 35) & ~word_before & word_after,
        (codes == 58) & digit_before & digit_after,
        currency & digit_near,
        ((codes == 46) | (codes == 44)) & digit_before & digit_after,
        word & (kind == UPPER) & (last == DIGIT) & (tokens.length >= 4),
    ]
    return line_sums(batch, np.array(columns)).T


@feature("log(1 + count)", _LINKS)
def link_count(batch: Batch) -> FloatArray:
    """Web addresses, e-mail addresses, handles, hashtags, times, prices, decimals, codes."""
    return _log(link_signs(batch))
