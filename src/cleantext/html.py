"""From the page: `clean_html` and what goes with it, and `PageCleaner` behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cleantext.artifact import load_model
from cleantext.cleaner import Cleaner, Explanation, shipped_model
from cleantext.decision import Pattern
from cleantext.errors import MissingExtraError, ModelError
from cleantext.kinds import KINDS
from cleantext.lines import Batch, check_text
from cleantext.model import LineModel
from cleantext.page import Page, decode_html, parse_page, refuse_other_formats
from cleantext.render import markdown
from cleantext.streaming import Items, OnError, stream

__all__ = [
    "BATCH_CHARACTERS",
    "EXTRACTORS",
    "Article",
    "PageCleaner",
    "clean_article",
    "clean_html",
    "clean_html_many",
    "explain_html",
]

#: Characters of HTML that are judged together.
BATCH_CHARACTERS = 2_000_000

#: Front ends by name; any callable from HTML to text is one too.
EXTRACTORS = ("blocks", "trafilatura", "bs4")
_OUTPUTS = ("text", "markdown")

Extractor = str | Callable[[str], str]


class Article(NamedTuple):
    """An article with what its page says of it; "" for what it doesn't say.

    Examples
    --------
    >>> Article("Rain fell all night.\\n", title="Rain").title
    'Rain'
    """

    text: str
    """The body, a line a paragraph."""
    title: str = ""
    byline: str = ""
    """Authors, parted by semicolons."""
    date: str = ""
    """Day of publication as YYYY-MM-DD."""
    site: str = ""
    url: str = ""


class PageCleaner:
    """The page model with its settings: call it with HTML and get the text of the article.

    Immutable after its making, so threads may share one; it pickles, so processes may too.

    Parameters
    ----------
    model : LineModel or path, optional
        A model trained on pages, or the folder of one; the one that ships by default.
    threshold : float, optional
        Probability from which on a line goes, 0 to 1; by default the model's own.
    remove : iterable of str, optional
        Kinds to remove; by default all but `content`: a page's headline is metadata.
    keep, drop : str, compiled pattern, or iterable of these, optional
        As for `Cleaner`.
    extractor : str or callable, optional
        What turns HTML into lines: ``"blocks"`` (every block of the page, judged with its
        markup), ``"trafilatura"``, ``"bs4"``, or a callable from HTML to text. All but the
        first are judged by the text model, without markup.

    Raises
    ------
    TypeError, ValueError
        If a setting can't be used; the message says what was wanted.
    ModelError
        If the model folder can't be read, or is no model of pages.

    Examples
    --------
    >>> clean = PageCleaner(drop="photo:")
    >>> clean("<nav><a href=/>Home</a></nav><p>Photo: rain</p>")
    ''
    """

    def __init__(
        self,
        model: LineModel | str | Path | None = None,
        *,
        threshold: float | None = None,
        remove: Iterable[str] | None = None,
        keep: Pattern | Iterable[Pattern] | None = None,
        drop: Pattern | Iterable[Pattern] | None = None,
        extractor: Extractor = "blocks",
    ) -> None:
        if isinstance(extractor, str) and extractor not in EXTRACTORS:
            raise ValueError(
                f"unknown extractor {extractor!r}: it is one of {', '.join(EXTRACTORS)}, "
                f"or a callable from HTML to text"
            )
        if not isinstance(extractor, str) and not callable(extractor):
            raise TypeError(
                f"extractor must be a name or a callable, not {type(extractor).__name__}"
            )
        self._extractor = extractor
        settings: dict[str, Any] = {"threshold": threshold, "keep": keep, "drop": drop}
        if extractor == "blocks":
            if remove is None:
                remove = [kind for kind in KINDS if kind != "content"]
            if model is None:
                model = shipped_model("html")
            elif not isinstance(model, LineModel):
                model = load_model(model)
            if not model.reads_markup:
                raise ModelError(
                    "this model was trained on plain text, so it can't judge the blocks of a "
                    'page: leave the model out, or name extractor="trafilatura"'
                )
        self._lines = Cleaner(model, remove=remove, **settings)

    @property
    def threshold(self) -> float:
        """Probability from which on a line goes."""
        return self._lines.threshold

    def __repr__(self) -> str:
        return f"PageCleaner(threshold={self.threshold:.2f}, extractor={self._extractor!r})"

    def __call__(self, html: Any, *, output: str = "text") -> str:
        """Clean one page; see `clean_html`."""
        return self.clean(html, output=output)

    def clean(self, html: Any, *, output: str = "text") -> str:
        """Give the text of the article that a page holds; see `clean_html`."""
        return next(self.clean_batch([html], output))

    def clean_many(
        self,
        pages: Iterable[Any],
        *,
        output: str = "text",
        n_jobs: int | None = 1,
        on_error: OnError = "raise",
        progress: bool = False,
    ) -> Iterator[str]:
        """Clean pages lazily and in order; see `clean_html_many`."""
        if isinstance(pages, (str, bytes)):
            raise TypeError("this takes an iterable of pages; for one page use clean_html")
        self._check_output(output)
        return stream(
            partial(self.clean_batch, output=output),
            pages,
            chunk_size=BATCH_CHARACTERS,
            items=_PAGES,
            n_jobs=n_jobs,
            on_error=on_error,
            progress=progress,
        )

    def _check_output(self, output: str) -> None:
        if output not in _OUTPUTS:
            raise ValueError(f"output must be one of {', '.join(_OUTPUTS)}, not {output!r}")
        if output == "markdown" and self._extractor != "blocks":
            raise ValueError('output="markdown" needs extractor="blocks"')

    def clean_batch(self, sources: Sequence[Any], output: str = "text") -> Iterator[str]:
        """Clean pages whose lines the model judges together: a few, as all are held at once."""
        self._check_output(output)
        if self._extractor != "blocks":
            texts = [self._extracted(_source(html)) for html in sources]
            yield from self._lines.clean_many(texts)
            return
        pages = [parse_page(_source(html)) for html in sources]
        for page, kept in zip(pages, self._kept(pages), strict=True):
            if output == "markdown":
                yield markdown(page, kept)
            else:
                lines = zip(page.lines, kept, strict=True)
                yield "".join([line + "\n" for line, stays in lines if stays])

    def explain(self, html: Any) -> Explanation:
        """Say of every line of a page what was decided; see `explain_html`."""
        if self._extractor != "blocks":
            return self._lines.explain(self._extracted(_source(html)))
        page = parse_page(_source(html))
        return self._lines.explain_batch(Batch([page.text], [page.markup]))

    def article(self, html: Any, *, url: str | None = None, output: str = "text") -> Article:
        """Clean one page and read its metadata; see `clean_article`."""
        source = decode_html(_source(html))
        return Article(self.clean(source, output=output), **metadata(source, url))

    def _kept(self, pages: Sequence[Page]) -> Iterator[list[bool]]:
        """Whether each line of each page stays."""
        batch = Batch([page.text for page in pages], [page.markup for page in pages])
        stays = self._lines.stays(batch)
        stop = np.cumsum(batch.article_lines)
        for number, page in enumerate(pages):
            rows = slice(stop[number] - batch.article_lines[number], stop[number])
            ends = batch.article_start[number] + np.cumsum([len(line) + 1 for line in page.lines])
            kept = np.zeros(len(page.lines), dtype=np.bool_)
            kept[np.searchsorted(ends, batch.line_start[rows], side="right")] = stays[rows]
            yield kept.tolist()

    def _extracted(self, html: str | bytes) -> str:
        source = decode_html(html)
        refuse_other_formats(source)
        if not isinstance(self._extractor, str):
            return check_text(self._extractor(source), "what the extractor returns")
        if self._extractor == "trafilatura":
            return _with_trafilatura(source)
        return _with_bs4(source)


def _source(html: Any) -> str | bytes:
    """HTML of a string, bytes, a BeautifulSoup or an lxml tree."""
    if isinstance(html, (str, bytes)):
        return html
    if isinstance(html, (bytearray, memoryview)):
        return bytes(html)
    package = type(html).__module__.partition(".")[0]
    if package == "bs4":
        return str(html)
    if package == "lxml":
        from lxml import etree

        return str(etree.tostring(html, encoding="unicode", method="html", with_tail=False))
    raise TypeError(
        f"html must be str, bytes, a BeautifulSoup or an lxml tree, not {type(html).__name__}"
    )


def _check_page(html: Any, what: str) -> None:
    """Refuse what is no page of a stream of pages."""
    if not isinstance(html, (str, bytes)):
        raise TypeError(f"{what} must be str or bytes, not {type(html).__name__}")


_PAGES = Items("pages", (str, bytes), _check_page)


def _with_trafilatura(html: str) -> str:
    try:
        import trafilatura
    except ImportError:
        raise MissingExtraError('extractor="trafilatura"', "html") from None
    return (trafilatura.extract(html) or "") if html.strip() else ""


def _with_bs4(html: str) -> str:
    try:
        import bs4
    except ImportError:
        raise MissingExtraError('extractor="bs4"', "html") from None
    soup = bs4.BeautifulSoup(html, "html.parser")
    for element in soup(("script", "style", "noscript", "template", "title")):
        element.decompose()
    return "\n".join(soup.stripped_strings)


def metadata(html: str, url: str | None) -> dict[str, str]:
    """Fields of an `Article` but its text, as trafilatura reads them off the page."""
    try:
        from trafilatura import extract_metadata
    except ImportError:
        raise MissingExtraError("reading metadata", "html") from None
    found = extract_metadata(html, default_url=url) if html.strip() else None
    if found is None:
        return {"url": url or ""}
    return {
        "title": found.title or "",
        "byline": found.author or "",
        "date": found.date or "",
        "site": found.sitename or "",
        "url": found.url or url or "",
    }


@lru_cache(maxsize=1)
def default_page_cleaner() -> PageCleaner:
    """The shipped page model with its default settings, loaded on first use."""
    return PageCleaner()


def _cleaner(extractor: Extractor, settings: dict[str, Any]) -> PageCleaner:
    if extractor == "blocks" and all(value is None for value in settings.values()):
        return default_page_cleaner()
    return PageCleaner(extractor=extractor, **settings)


def clean_html(
    html: Any,
    *,
    output: str = "text",
    extractor: Extractor = "blocks",
    threshold: float | None = None,
    remove: Iterable[str] | None = None,
    keep: Pattern | Iterable[Pattern] | None = None,
    drop: Pattern | Iterable[Pattern] | None = None,
) -> str:
    """Return the text of the article that a page holds.

    Parameters
    ----------
    html : str, bytes, BeautifulSoup or lxml tree
        The page, however broken. Bytes are decoded by their byte order mark, as UTF-8 if they
        are that, by the page's own label, or by a guess.
    output : {"text", "markdown"}
        Lines as they are, or with Markdown for headings, lists, tables, quotations and code.
    extractor, threshold, remove, keep, drop
        As for `PageCleaner`.

    Returns
    -------
    str
        Lines of the page in its order, each ended by a line break; "" for a page without
        content.

    Raises
    ------
    TypeError
        If `html` is none of these.
    PageError
        If it isn't HTML but a PDF, an image, an archive, JSON, a feed.
    MissingExtraError
        If the `html` extra isn't installed.

    Examples
    --------
    >>> page = '''<title>Bridge shut</title><nav><a href="/">Home</a> <a href="/a">News</a></nav>
    ... <article><p>The bridge will stay shut until May, the council said on Monday.</p>
    ... <p>Engineers found a second crack in the north pier last week.</p></article>
    ... <footer><a href="/about">About us</a></footer>'''
    >>> print(clean_html(page), end="")
    The bridge will stay shut until May, the council said on Monday.
    Engineers found a second crack in the north pier last week.
    """
    settings = {"threshold": threshold, "remove": remove, "keep": keep, "drop": drop}
    return _cleaner(extractor, settings).clean(html, output=output)


def clean_html_many(
    pages: Iterable[str | bytes],
    *,
    output: str = "text",
    n_jobs: int | None = 1,
    on_error: OnError = "raise",
    progress: bool = False,
    extractor: Extractor = "blocks",
    threshold: float | None = None,
    remove: Iterable[str] | None = None,
    keep: Pattern | Iterable[Pattern] | None = None,
    drop: Pattern | Iterable[Pattern] | None = None,
) -> Iterator[str]:
    """Clean many pages lazily and in order; pages share the work, so this is the fast way.

    Parameters
    ----------
    pages : iterable of str or bytes
        The pages. Read a few megabytes ahead, for each process.
    output, extractor, threshold, remove, keep, drop
        As for `clean_html`.
    n_jobs, on_error, progress
        As for `clean_many`; a page that can't be cleaned is a PDF, say, and "keep" gives it back
        as it came.

    Returns
    -------
    iterator of str
        `clean_html(page)` of each page.

    Raises
    ------
    TypeError
        If `pages` is a single page, or an item is neither `str` nor `bytes` (says which).
    CleaningError
        If a page can't be cleaned (says which), or a worker process dies.
    MissingExtraError
        If the `html` extra isn't installed.

    Examples
    --------
    >>> pages = ["<nav>Home</nav><p>Rain fell on the hills all night.</p>", b"%PDF-1.7"]
    >>> list(clean_html_many(pages, on_error="drop"))
    ['Rain fell on the hills all night.\\n']
    """
    settings = {"threshold": threshold, "remove": remove, "keep": keep, "drop": drop}
    cleaner = _cleaner(extractor, settings)
    return cleaner.clean_many(
        pages, output=output, n_jobs=n_jobs, on_error=on_error, progress=progress
    )


def explain_html(
    html: Any,
    *,
    extractor: Extractor = "blocks",
    threshold: float | None = None,
    remove: Iterable[str] | None = None,
    keep: Pattern | Iterable[Pattern] | None = None,
    drop: Pattern | Iterable[Pattern] | None = None,
) -> Explanation:
    """Say which lines of a page `clean_html` keeps, which go, and as what.

    Parameters
    ----------
    html, extractor, threshold, remove, keep, drop
        As for `clean_html`.

    Returns
    -------
    Explanation
        `.text` is what `clean_html` returns; `.lines` has a verdict for every line of the page.

    Examples
    --------
    >>> found = explain_html("<nav>Home</nav><p>Rain fell on the hills all night.</p>")
    >>> [line.text for line in found.lines]
    ['Home\\n', 'Rain fell on the hills all night.\\n']
    """
    settings = {"threshold": threshold, "remove": remove, "keep": keep, "drop": drop}
    return _cleaner(extractor, settings).explain(html)


def clean_article(
    html: Any,
    *,
    url: str | None = None,
    output: str = "text",
    extractor: Extractor = "blocks",
    threshold: float | None = None,
    remove: Iterable[str] | None = None,
    keep: Pattern | Iterable[Pattern] | None = None,
    drop: Pattern | Iterable[Pattern] | None = None,
) -> Article:
    """Return the text of the article that a page holds, with its title, byline and date.

    Parameters
    ----------
    html, output, extractor, threshold, remove, keep, drop
        As for `clean_html`.
    url : str, optional
        Address of the page, for metadata that depends on it.

    Returns
    -------
    Article
        Metadata as `trafilatura.extract_metadata` reads it.

    Examples
    --------
    >>> page = '<meta property="og:title" content="Bridge shut"><p>The bridge stays shut.</p>'
    >>> clean_article(page).title
    'Bridge shut'
    """
    settings = {"threshold": threshold, "remove": remove, "keep": keep, "drop": drop}
    return _cleaner(extractor, settings).article(html, url=url, output=output)
