"""Text to lines and back without loss, and the columnar batch that features read.

A *line* is what `str.splitlines` calls one: it ends at ``\\n``, ``\\r\\n``, ``\\r``, a vertical
tab, a form feed, U+0085, U+2028 or U+2029 (and three rare separators), and it keeps its ending.
A *blank* line holds nothing to read: white space, zero-width or control characters only. A text
that came as one line, of `SENTENCES` sentences or more, is taken apart into its sentences, each
with the white space after it: what follows calls those lines, too.

A `Batch` is one or many articles as a handful of arrays. Its rows are the lines that are not
blank; the blank ones are the gaps between them, and `decision` deals with those.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property, lru_cache, wraps
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from cleantext.markup import Markup

__all__ = [
    "SENTENCES",
    "STEM",
    "Batch",
    "Tokens",
    "check_text",
    "followed_by",
    "is_blank",
    "line_sums",
    "markdown_marks",
    "mix",
    "once_per_batch",
    "run_lengths",
    "sentence_ends",
]

_Computed = TypeVar("_Computed")

IntArray = npt.NDArray[np.integer[Any]]
FloatArray = npt.NDArray[np.floating[Any]]
BoolArray = npt.NDArray[np.bool_]
HashArray = npt.NDArray[np.uint64]

# Classes of characters, as `scripts/make_unicode_table.py` numbers them.
OTHER, SPACE, BREAK, LOWER, UPPER, LETTER, IDEOGRAPH, DIGIT, PUNCTUATION, SYMBOL = range(10)

_TABLE_SIZE = 0x20000
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_LONGEST_HASHED = 64  # characters of a token that its hash tells apart


#: Characters of a token that count as its stem.
STEM = 6

#: Sentences from which on a text of one line is taken apart.
SENTENCES = 4

# A text without any of these has no marks of Markdown but at its very start.
_MARKS = ("](", "**", "__", "\n#", "\r#")
# Every alternative begins with one sign, so that all other text is skipped fast.
_MARKDOWN = re.compile(
    r"\[|\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*"
    r"(?:[ \t]+\"[^\"\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*\")?\)"
    r"|\*\**|__*|##*(?:[ \t]+(?=\S))?|\n|\r"
)
_WORD = re.compile(r"[^\W_]")
# Looking behind keeps a row of stops that ends no sentence from being tried again from each stop.
_STOP = re.compile(r"(?<![.!?…])[.!?…]+[\"'”’»)\]]*\s+|[。！？]+[」』”’）]*\s*")
# What stands before a full stop that ends no sentence: an initial, or one of these.
_ABBREVIATION = re.compile(
    r"(?:\b[^\W\d_]|\b(?:mr|mrs|ms|dr|prof|st|rev|hon|gen|lt|col|sgt|capt|sen|rep|gov|jr|sr|vs|no"
    r"|approx|dept|fig|vol|ed|cf|ca|bzw|nr|str|evtl|sog|usw|inkl|zzgl|sra|dña|mme|mlle))\.\s+\Z",
    re.IGNORECASE,
)


@lru_cache(maxsize=1)
def _unicode_table() -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint32]]:
    with (
        (files("cleantext") / "data" / "unicode.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as table,
    ):
        return table["classes"], table["fold"]


def check_text(text: Any, what: str = "text") -> str:
    """Return `text` if it is a `str`, and say what to do if it is not.

    Raises
    ------
    TypeError
        For anything but a `str`.

    Examples
    --------
    >>> check_text(b"caf\\xc3\\xa9")
    Traceback (most recent call last):
        ...
    TypeError: text must be a str, not bytes: decode it first, e.g. data.decode("utf-8")
    """
    if isinstance(text, str):
        return text
    advice = {
        bytes: ': decode it first, e.g. data.decode("utf-8")',
        bytearray: ': decode it first, e.g. data.decode("utf-8")',
        list: ": join the lines with newlines, or use clean_many for many texts",
        tuple: ": join the lines with newlines, or use clean_many for many texts",
        type(None): ': pass "" for an article without text',
    }.get(type(text), "")
    raise TypeError(f"{what} must be a str, not {type(text).__name__}{advice}")


def is_blank(text: str) -> bool:
    """Whether a text holds nothing to read: white space, zero-width or control characters only.

    Examples
    --------
    >>> is_blank(" \\u200b\\n"), is_blank(" .")
    (True, False)
    """
    if _WORD.search(text):
        return False
    if text.isascii() and text.isprintable():
        return not text.strip()
    return not len(Batch([text]))


def mix(hashes: HashArray) -> HashArray:
    """Scatter 64-bit hashes: every bit depends on all (the finaliser of MurmurHash3)."""
    hashes = hashes ^ (hashes >> np.uint64(33))
    hashes *= np.uint64(0xFF51AFD7ED558CCD)
    hashes ^= hashes >> np.uint64(33)
    hashes *= np.uint64(0xC4CEB9FE1A85EC53)
    hashes ^= hashes >> np.uint64(33)
    return hashes


def followed_by(left: HashArray, right: HashArray) -> HashArray:
    """Hash of each sequence `left` + `right`; order counts."""
    return mix(left * _MULTIPLIER + right)


def sentence_ends(text: str) -> list[int]:
    """Find where sentences end, the white space after them included; the text's end left out.

    A stop ends a sentence if no small letter follows, and no initial or common abbreviation
    stands before it: rather too few ends than too many.

    Examples
    --------
    >>> text = "Dr. Lee came. She saw the U.S. troops leave! “Odd,” she said."
    >>> [text[end:] for end in sentence_ends(text)]
    ['She saw the U.S. troops leave! “Odd,” she said.', '“Odd,” she said.']
    """
    ends = []
    for stop in _STOP.finditer(text):
        end = stop.end()
        following = text[end : end + 4].lstrip("\"'“‘«([¿¡„")[:1]
        if not following or following.islower():
            continue
        if text[stop.start()] == "." and _ABBREVIATION.search(text, max(0, end - 16), end):
            continue
        ends.append(end)
    return ends


def markdown_marks(text: str) -> list[tuple[int, int]]:
    """Find what Markdown adds to the words of a text: links' brackets and addresses, ``**``, ``#``.

    Returns
    -------
    list of (int, int)
        Spans, in no order to rely on.

    Examples
    --------
    >>> text = "## See [our *site*](https://a.b/c_(d)) **now** [1]"
    >>> marks = markdown_marks(text)
    >>> "".join(c for i, c in enumerate(text) if not any(a <= i < b for a, b in marks))
    'See our *site* now [1]'
    """
    spans: list[tuple[int, int]] = []
    if not (any(map(text.__contains__, _MARKS)) or text.startswith("#")):
        return spans
    opened: list[tuple[int, int]] = []
    begins = 0  # of the line
    for found in _MARKDOWN.finditer(text):
        start, stop = found.span()
        sign = text[start]
        if sign == "[":
            picture = text.startswith("!", start - 1, start)
            opened.append((start - 1 if picture else start, stop))
        elif sign in "\n\r":
            begins = stop
            opened.clear()
        elif sign == "#":
            if start == begins and text[stop - 1] in " \t":
                spans.append((start, stop))
        elif sign in "*_":
            before, after = text[start - 1 : start], text[stop : stop + 1]
            if found[0] in ("**", "***", "__") and (_hugs(after, before) or _hugs(before, after)):
                spans.append((start, stop))
        elif opened:
            spans += [opened.pop(), (start, stop)]
    return spans


def _hugs(inner: str, outer: str) -> bool:
    """Whether a mark of bold between these characters belongs to the inner one."""
    return (
        bool(inner.strip()) and inner not in "*_" and not (outer.isalnum() or outer in ("*", "_"))
    )


def _sentences_of(text: str) -> list[int]:
    """Ends of the sentences of a text that is one line; [] for any other text."""
    bare = text.strip()
    if "\n" in bare or len(bare.splitlines()) != 1:
        return []
    ends = sentence_ends(text)
    return ends if len(ends) >= SENTENCES - 1 else []


class Tokens(NamedTuple):
    """Tokens of a batch as columns: runs of letters and digits, and every other sign alone.

    Case is folded, digits are all ``0``, curly quotes and long dashes are straight and short.
    Scripts written without spaces (Chinese, Japanese, Thai, …) give one token a character.
    """

    start: IntArray
    """First code point, counted over the whole batch."""
    length: IntArray
    """Code points."""
    hash: HashArray
    """64-bit hash of the folded token."""
    stem: HashArray
    """The same of its first `STEM` characters: inflected forms of a word mostly share it."""
    line: IntArray
    """Row of the token's line."""
    kind: npt.NDArray[np.uint8]
    """Class of the first character: `UPPER`, `DIGIT`, `PUNCTUATION`, …"""
    is_word: BoolArray
    """True for letters and digits, False for punctuation and symbols."""


class Batch:
    """One or many articles as columns.

    Parameters
    ----------
    texts : sequence of str
        One text an article.
    markup : sequence of Markup, optional
        The elements around the lines of each, where the texts come from HTML.

    Attributes
    ----------
    codes : ndarray of uint32
        Code points of all articles, a NUL between two of them.
    article_start, article_stop : ndarray of shape (n_articles,), int64
        Span of each article in `codes`.
    line_start, line_stop : ndarray of shape (n_lines,), int64
        Span of each line that is not blank in `codes`, its line break included.
    line_article : ndarray of shape (n_lines,), int64
        Number of the article that each line belongs to.
    first_line, last_line : ndarray of shape (n_lines,), int64
        First row and one past the last row of each line's article.

    Raises
    ------
    TypeError
        If a text is not a `str`.

    Examples
    --------
    >>> batch = Batch.of("One fish\\n\\nTwo fish\\n", "Red fish")
    >>> len(batch), batch.line_article.tolist()
    (3, [0, 0, 1])
    >>> [batch.line_text(row) for row in range(3)]
    ['One fish\\n', 'Two fish\\n', 'Red fish']
    """

    def __init__(self, texts: Sequence[str], markup: Sequence[Markup] | None = None) -> None:
        self.texts: tuple[str, ...] = tuple(texts)
        self.markup = None if markup is None else tuple(markup)
        for text in self.texts:
            check_text(text)
        self.codes = np.frombuffer(
            "\0".join(self.texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32
        )
        sizes = np.fromiter(map(len, self.texts), dtype=np.int64, count=len(self.texts))
        self.article_stop: IntArray = (sizes + 1).cumsum() - 1
        self.article_start: IntArray = self.article_stop - sizes

        classes, _ = _unicode_table()
        self.classes = classes[np.minimum(self.codes, _TABLE_SIZE - 1)]
        self.classes[self.codes >= _TABLE_SIZE] = IDEOGRAPH
        self.classes[self.codes >= 0xE0000] = OTHER
        # Every line, blank or not. The first half of "\r\n" ends none; an article's end does.
        ends = self.classes == BREAK
        if ends.size:
            ends[:-1] &= (self.codes[:-1] != 13) | (self.codes[1:] != 10)
        ends[self.article_stop[sizes > 0] - 1] = True
        marked = np.zeros(self.codes.size, dtype=np.bool_)
        if markup is None:  # lines of pages are elements: they stay whole, and have no marks
            for start, text in zip(self.article_start.tolist(), self.texts, strict=True):
                for first, stop in markdown_marks(text):
                    marked[start + first : start + stop] = True
                for end in _sentences_of(text):
                    ends[start + end - 1] = not marked[start + end - 1]
        stops = ends.nonzero()[0] + 1
        article = self.article_stop.searchsorted(stops)
        starts = np.empty_like(stops)
        if stops.size:
            starts[1:] = stops[:-1]
            starts[0] = 0
            starts = np.maximum(starts, self.article_start[article])
        self._blank_out(marked, starts, stops)

        word = (self.classes >= LOWER) & (self.classes <= LETTER) | (self.classes == DIGIT)
        single = (self.classes == IDEOGRAPH) | (self.classes >= PUNCTUATION)
        joined = word.copy()  # True where a character goes on with the token before it
        if word.size:
            joined[1:] &= word[:-1]
            joined[0] = False
        readable = word | single
        self._readable = readable
        token_start = (readable & ~joined).nonzero()[0]
        owner = stops.searchsorted(token_start, side="right")
        count = np.bincount(owner, minlength=stops.size)
        rows = count.nonzero()[0]
        row_of = (count > 0).cumsum() - 1

        self.line_start: IntArray = starts[rows]
        self.line_stop: IntArray = stops[rows]
        self.line_article: IntArray = article[rows]
        self._token_start = token_start
        self._token_line: IntArray = row_of[owner]
        self._token_joined = joined
        self._computed: dict[Any, Any] = {}

    def _blank_out(self, marked: BoolArray, starts: IntArray, stops: IntArray) -> None:
        """Make spaces of what Markdown adds to the words of lines, but of lines of nothing else."""
        where = marked.nonzero()[0]
        if not where.size:
            return
        line = stops.searchsorted(where, side="right")
        others = np.append(0, ((self.classes >= LOWER) & ~marked).cumsum())
        where = where[others[stops[line]] > others[starts[line]]]
        self.classes[where[self.classes[where] != BREAK]] = SPACE

    @classmethod
    def of(cls, *texts: str) -> Batch:
        """Build a batch of the texts given as arguments."""
        return cls(texts)

    def __reduce__(self) -> tuple[type[Batch], tuple[Any, ...]]:
        return Batch, (self.texts, self.markup)  # everything else follows from these

    def __len__(self) -> int:
        return self.line_start.size

    def __repr__(self) -> str:
        return f"Batch({len(self.texts)} articles, {len(self)} lines, {self.codes.size} characters)"

    @property
    def n_articles(self) -> int:
        """Number of articles, those without lines included."""
        return len(self.texts)

    def line_span(self, row: int) -> tuple[int, int]:
        """Start and end of a line in its own article's text, line break included."""
        offset = self.article_start[self.line_article[row]]
        return int(self.line_start[row] - offset), int(self.line_stop[row] - offset)

    def line_text(self, row: int) -> str:
        """Text of a line as it stands in its article, line break included."""
        start, stop = self.line_span(row)
        return self.texts[int(self.line_article[row])][start:stop]

    @cached_property
    def article_lines(self) -> IntArray:
        """Number of lines of each article, shape (n_articles,)."""
        return np.bincount(self.line_article, minlength=self.n_articles)

    @cached_property
    def first_line(self) -> IntArray:
        """First row of each line's article."""
        return (self.article_lines.cumsum() - self.article_lines)[self.line_article]

    @cached_property
    def last_line(self) -> IntArray:
        """One past the last row of each line's article."""
        return self.article_lines.cumsum()[self.line_article]

    @cached_property
    def tokens(self) -> Tokens:
        """Tokens of all lines."""
        _, fold = _unicode_table()
        where = self._readable.nonzero()[0]
        begins = ~self._token_joined[where]
        first = begins.nonzero()[0]
        number = begins.cumsum() - 1
        rank = np.minimum(np.arange(where.size) - first[number], _LONGEST_HASHED - 1)
        codes = self.codes[where]
        values = np.where(codes < _TABLE_SIZE, fold[np.minimum(codes, _TABLE_SIZE - 1)], codes)
        terms = (values.astype(np.uint64) + np.uint64(1)) * _powers()[rank]
        sums = np.add.reduceat(terms, first) if first.size else np.zeros(0, np.uint64)
        length = run_lengths(first, where.size)
        hashes = mix(sums + length.astype(np.uint64))
        # Of a longer token, the terms of its first characters are added up once more.
        longer = (length > STEM).nonzero()[0]
        heads = np.zeros(longer.size, dtype=np.uint64)
        for place in range(STEM):
            heads += terms[first[longer] + place]
        stems = hashes.copy()
        stems[longer] = mix(heads + np.uint64(STEM))
        kind = self.classes[self._token_start]
        return Tokens(
            start=self._token_start,
            length=length,
            hash=hashes,
            stem=stems,
            line=self._token_line,
            kind=kind,
            is_word=kind < PUNCTUATION,
        )

    @cached_property
    def token_bounds(self) -> IntArray:
        """First token of each line, and one past the last of all: shape (n_lines + 1,)."""
        return self.tokens.line.searchsorted(np.arange(len(self) + 1))


def once_per_batch(function: Callable[..., _Computed]) -> Callable[..., _Computed]:
    """Let a function of a batch (and of hashable arguments) run once for each batch.

    Features share measures such as the words of each line; the batch keeps what was computed.
    """

    @wraps(function)
    def remembered(batch: Batch, *others: Hashable) -> _Computed:
        key = (function, others) if others else function
        result: _Computed | None = batch._computed.get(key)
        if result is None:
            result = batch._computed[key] = function(batch, *others)
        return result

    return remembered


@lru_cache(maxsize=1)
def _powers() -> HashArray:
    return np.multiply.accumulate(np.full(_LONGEST_HASHED, _MULTIPLIER, dtype=np.uint64))


def run_lengths(start: IntArray, stop: int) -> IntArray:
    """Length of each run: on to the start of the next one, of the last to `stop`.

    Examples
    --------
    >>> run_lengths(np.array([0, 2, 5]), 9).tolist()
    [2, 3, 4]
    """
    length = np.empty_like(start)
    np.subtract(start[1:], start[:-1], out=length[:-1])
    length[-1:] = stop - start[-1:]
    return length


def line_sums(batch: Batch, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Sum a value of each token (along the last axis) over the tokens of each line.

    Examples
    --------
    >>> batch = Batch.of("One, two.\\nThree\\n")
    >>> line_sums(batch, batch.tokens.is_word).tolist()
    [2, 1]
    """
    wide = np.int64 if values.dtype.kind in "bui" else np.float64
    return np.add.reduceat(values, batch.token_bounds[:-1], axis=-1, dtype=wide)
