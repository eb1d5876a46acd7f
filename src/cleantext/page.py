"""HTML to lines in reading order, with the elements around each: one pass, no recursion.

The parser is Lexbor (through selectolax), which reads what browsers read. A line is a run of
text that block elements, `<br>` or table rows end. Scripts, styles, templates and option lists
give no line. Hidden elements do, marked as hidden: scripts show some of them, and where those hold
the article the model can say so. `<noscript>` gives lines only on a page that has less text
without it. What a page says of itself in `<title>`, Open Graph and JSON-LD is evidence.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from typing import Any

from cleantext.errors import MissingExtraError, PageError
from cleantext.lines import is_blank
from cleantext.markup import BITS, TAGS, Markup

__all__ = ["Page", "decode_html", "parse_page"]

_TAG = {name: index for index, name in enumerate(TAGS)}
_BIT = {name: 1 << index for index, name in enumerate(BITS)}

_BLOCKS = frozenset(
    "address article aside blockquote body button caption center dd details dialog dir div dl dt "
    "fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main "
    "menu nav ol p pre search section summary table tbody tfoot thead tr ul xmp listing".split()
)
_SKIPPED = frozenset(
    "script style template svg select datalist textarea iframe object embed audio video "
    "canvas noframes noembed applet map input img source link base param track progress meter "
    "annotation annotation-xml rp".split()
)
_SKIPPED_FIRST = _SKIPPED | {"noscript"}
_LEAST_UNSEEN = 500  # characters that `<noscript>` must hold to be read
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_PREFORMATTED = frozenset(("pre", "xmp", "listing"))
_CELLS = frozenset(("td", "th"))
_OF_TAG = {
    "a": "link", **dict.fromkeys(_HEADINGS, "heading"), "li": "item", "ul": "list", "ol": "list",
    "table": "table", "blockquote": "quote", "q": "quote", "figure": "figure",
    "figcaption": "caption", "caption": "caption", "header": "header", "footer": "footer",
    "nav": "nav", "aside": "aside", "article": "article", "main": "main", "section": "section",
    "form": "form", "button": "button", "code": "code", "pre": "code", "samp": "code",
    "kbd": "code", "dl": "definition", "details": "details", "address": "address",
    "time": "time", "strong": "strong", "b": "strong", "em": "emphasis", "i": "emphasis",
    "label": "label", "p": "paragraph", "dialog": "dialog", "search": "search",
}  # fmt: skip
_OF_ROLE = {
    "navigation": "nav", "menu": "nav", "menubar": "nav", "banner": "header",
    "contentinfo": "footer", "complementary": "aside", "main": "main", "article": "article",
    "dialog": "dialog", "alertdialog": "dialog", "search": "search", "form": "form",
    "button": "button", "heading": "heading", "list": "list", "listitem": "item",
    "figure": "figure", "link": "link", "table": "table",
}  # fmt: skip
_OF_PROPERTY = {
    "articlebody": "body_property", "headline": "title_property", "name": "title_property",
    "author": "author_property", "comment": "comment_property", "text": "body_property",
    "description": "body_property", "caption": "caption",
}  # fmt: skip
_TAG_BITS = {tag: _BIT[name] for tag, name in _OF_TAG.items()}
_LINK, _HEADING, _CODE = _BIT["link"], _BIT["heading"], _BIT["code"]
_INLINE_CONTEXT = _BIT["paragraph"] | _BIT["heading"]

#: Attributes that few elements have, of those that are read.
_RARE = frozenset(("hidden", "style", "role", "itemprop", "aria-hidden", "data-testid"))
_INVISIBLE = re.compile(r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LONGEST_WORDS = 120  # characters of an element's class words that are read
_LONGEST_CELL = 120  # characters of a table cell that stands in one line with its neighbours
_ARTICLE_BODY = re.compile(r'"articleBody"\s*:\s*("(?:[^"\\]|\\.)*")', re.DOTALL)


@dataclass(frozen=True, eq=False)
class Page:
    """Lines of a page in reading order, with the elements around them."""

    lines: list[str]
    markup: Markup
    cells: dict[int, list[str]]
    """Cells of the lines that are table rows."""

    @property
    def text(self) -> str:
        """Every line, ended: what the model reads."""
        return "".join([line + "\n" for line in self.lines])


def parse_page(html: str | bytes) -> Page:
    """Read a page.

    Parameters
    ----------
    html : str or bytes
        A page or a part of one, however broken.

    Raises
    ------
    PageError
        If it is something else: a PDF, an image, an archive, JSON, a feed.
    MissingExtraError
        If the `html` extra isn't installed.

    Examples
    --------
    >>> page = parse_page("<title>Rain</title><nav>Home</nav><p>Rain fell<br>all <b>night</b>.")
    >>> page.lines
    ['Home', 'Rain fell', 'all night.']
    """
    try:
        from selectolax.lexbor import LexborHTMLParser
    except ImportError:
        raise MissingExtraError("reading HTML", "html") from None
    source = decode_html(html)
    refuse_other_formats(source)
    root = LexborHTMLParser(source.encode("utf-8", "replace")).root
    walk = _Walk()
    page = walk.run(root)
    if walk.unseen > _LEAST_UNSEEN and walk.unseen > sum(page.markup.chars):
        return _Walk(noscript=True).run(root)
    return page


_PRE, _SOFT, _INLINE, _BLOCK, _LINK_END = range(5)  # what an element's end does


class _Walk:
    """The one pass over the tree."""

    def __init__(self, noscript: bool = False) -> None:
        self.skipped = _SKIPPED if noscript else _SKIPPED_FIRST
        self.unseen = 0  # characters of text in `<noscript>`
        self.lines: list[str] = []
        self.cells: dict[int, list[str]] = {}
        self.element: list[int] = []
        self.chars: list[int] = []
        self.link_chars: list[int] = []
        self.links: list[int] = []
        # The line being gathered, and the finished cells of its table row.
        self.parts: list[str] = []
        self.row: list[tuple[str, int, int, int]] = []
        self.at = -1
        self.linked = 0
        self.link_count = 0
        self.blank = False  # white space came before anything else

    def run(self, root: Any) -> Page:
        # One tuple an element: tag, row of its parent, bits, words, depth, first line.
        elements, last = [(_TAG["html"], 0, 0, 0, 0, 0)], [0]
        classes: dict[str, int] = {"": 0}
        title, description, bodies = [], "", []
        lines, parts, skipped = self.lines, self.parts, self.skipped
        # Of the innermost open element: id of its node, its row, what its end does, its bits; and
        # the same of those that it is in. A skipped element has row -1 (in `<noscript>` -2), and
        # whatever is in it is skipped.
        outside = root.parent.mem_id if root is not None and root.parent is not None else -1
        inner, row, end, bits = outside, 0, _BLOCK, 0
        outer: list[tuple[int, int, int, int]] = []
        after_link = False
        for node in () if root is None else root.traverse(include_text=True):
            parent = node.parent
            above = outside if parent is None else parent.mem_id
            while inner != above and outer:
                if row >= 0:
                    if end == _BLOCK:
                        if parts or self.row:
                            self.flush()
                        elif self.blank:
                            self.clear()
                    elif end == _LINK_END:
                        after_link = True
                    elif end == _SOFT:
                        parts.append(" ")
                    elif end == _PRE:
                        self.flush_code()
                    last[row] = len(lines)
                inner, row, end, bits = outer.pop()
            tag: str | None = node.tag
            if tag == "-text":
                if row == -1:
                    continue
                text = node.text_content
                if text is None:
                    continue
                if row == -2:
                    self.unseen += len(text.strip())
                    continue
                if text.isspace():
                    if parts or bits & _CODE:
                        parts.append(text)
                    else:  # it would only begin a line
                        self.blank = True
                    continue
                parts.append(text)
                after_link = False
                if self.at < 0:
                    self.at = row
                if bits & _LINK:
                    self.linked += len(text)
                continue
            if tag is None or tag[0] in "-!":  # comments, the doctype and the like
                continue
            if row < 0 or tag in skipped:
                if tag == "script" and node.attributes.get("type") == "application/ld+json":
                    bodies.append(node.text() or "")
                inside = row == -2 or (row >= 0 and tag == "noscript")
                outer.append((inner, row, end, bits))
                inner, row = node.mem_id, -2 if inside and tag not in _SKIPPED else -1
                continue
            if tag == "br":
                if bits & _CODE and (end == _PRE or any(entry[2] == _PRE for entry in outer)):
                    parts.append("\n")
                elif bits & _HEADING or self.row:
                    parts.append(" ")
                else:
                    self.flush()
                continue
            attributes = node.attributes
            if tag == "title" or tag == "meta":
                if tag == "title":
                    title.append(node.text() or "")
                else:
                    name = attributes.get("property") or attributes.get("name")
                    if name == "og:title":
                        title.append(attributes.get("content") or "")
                    elif name == "og:description" or name == "description":
                        description = attributes.get("content") or description
                outer.append((inner, row, end, bits))
                inner, row = node.mem_id, -1
                continue
            bit = bits | _TAG_BITS.get(tag, 0)
            word = 0
            if attributes:
                found = attributes.get("class") or ""
                if "id" in attributes:
                    found = f"{found} {attributes['id']}"
                if not _RARE.isdisjoint(attributes):
                    if attributes.get("hidden", "until-found") != "until-found" or (
                        "style" in attributes and _INVISIBLE.search(attributes["style"] or "")
                    ):
                        bit |= _BIT["hidden"]
                    role, of = attributes.get("role"), attributes.get("itemprop")
                    if role:
                        bit |= _BIT.get(_OF_ROLE.get(role, ""), 0)
                        found = f"{found} {role}"
                    if of:
                        bit |= _BIT.get(_OF_PROPERTY.get(of.lower(), ""), 0)
                        found = f"{found} {of}"
                    if attributes.get("aria-hidden") == "true":
                        bit |= _BIT["aria_hidden"]
                    if "data-testid" in attributes:
                        found = f"{found} {attributes['data-testid']}"
                if found:
                    word = classes.setdefault(found[:_LONGEST_WORDS], len(classes))
            if tag == "dialog" and "open" not in attributes:
                bit |= _BIT["hidden"]
            outer.append((inner, row, end, bits))
            if tag in _BLOCKS or ("-" in tag and not bit & _INLINE_CONTEXT):
                if self.row and not "".join(parts).strip() and (tag == "p" or tag == "div"):
                    end = _SOFT  # the first paragraph of a table cell
                else:
                    if parts or self.row:
                        self.flush()
                    elif self.blank:
                        self.clear()
                    end = _PRE if tag in _PREFORMATTED else _BLOCK
            elif tag in _CELLS:
                self.end_cell()
                end = _INLINE
            elif tag == "a":
                if after_link and parts:  # menus rely on style sheets to part their links
                    parts.append(" ")
                self.link_count += 1
                end = _LINK_END
            else:
                end = _INLINE
            elements.append((_TAG.get(tag, 0), row, bit, word, len(outer) - 1, len(lines)))
            inner, row, bits = node.mem_id, len(last), bit
            last.append(-1)
        while outer:
            if row >= 0:
                if end == _PRE:
                    self.flush_code()
                elif end == _BLOCK:
                    self.flush()
                last[row] = len(lines)
            inner, row, end, bits = outer.pop()
        self.flush()
        last[0] = len(lines)
        tags, parents, bits_of, words, depths, first = map(list, zip(*elements, strict=True))
        markup = Markup(
            tags, parents, bits_of, words, depths, first, last,
            [_CAMEL.sub(" ", text) for text in classes],
            self.element, self.chars, self.link_chars, self.links,
            "\n".join(" ".join(text.split()) for text in title),
            " ".join(description.split()),
            _article_body(bodies),
        )  # fmt: skip
        return Page(self.lines, markup, self.cells)

    def end_cell(self) -> None:
        """Put what has been gathered aside as a cell of the row."""
        text = " ".join("".join(self.parts).split())
        if text:
            self.row.append((text, self.at, self.linked, self.link_count))
        elif not self.row or self.row[-1][0]:
            self.row.append(("", self.at, 0, 0))
        self.clear()

    def clear(self) -> None:
        self.parts.clear()
        self.at, self.linked, self.link_count, self.blank = -1, 0, 0, False

    def flush(self) -> None:
        """End the line being gathered."""
        if self.row:
            self.flush_row()
            return
        if self.at >= 0:  # something but white space
            text = " ".join("".join(self.parts).split())
            if text:
                self.add(text, self.at, self.linked, self.link_count)
        self.clear()

    def flush_row(self) -> None:
        """End a table row: one line, or one a cell where the cells are longer than a table's."""
        text = " ".join("".join(self.parts).split())
        if text:
            self.row.append((text, self.at, self.linked, self.link_count))
        cells = [cell for cell in self.row if cell[0]]
        if len(cells) > 1 and all(len(cell[0]) <= _LONGEST_CELL for cell in cells):
            texts = [cell[0] for cell in cells]
            self.cells[len(self.lines)] = texts
            self.add(
                " | ".join(texts), cells[0][1],
                sum(cell[2] for cell in cells), sum(cell[3] for cell in cells),
            )  # fmt: skip
        else:
            for cell in cells:
                self.add(*cell)
        self.row = []
        self.clear()

    def flush_code(self) -> None:
        """End a preformatted block: its lines as they stand, blank ones left out."""
        if self.row:
            self.flush_row()
        for line in "".join(self.parts).splitlines():
            line = " ".join(line.rstrip().splitlines())
            if line.strip():
                self.add(line, self.at, 0, 0)
        self.clear()

    def add(self, text: str, element: int, linked: int, links: int) -> None:
        if not text[0].isalnum() and is_blank(text):
            return
        self.lines.append(text)
        self.element.append(max(element, 0))
        self.chars.append(len(text))
        self.link_chars.append(min(linked, len(text)))
        self.links.append(links)


def _article_body(scripts: list[str]) -> str:
    """Longest `articleBody` of a page's JSON-LD."""
    longest = ""
    for script in scripts:
        for found in _ARTICLE_BODY.finditer(script):
            try:
                text = json.loads(found[1], strict=False)
            except ValueError:
                continue
            if len(text) > len(longest):
                longest = text
    return longest


_MAGIC = {
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"PK\x03\x04": "a ZIP archive (or an office document)",
    b"\x1f\x8b": "gzip data: decompress it first",
    b"(\xb5/\xfd": "zstd data: decompress it first",
    b"\x00asm": "WebAssembly",
    b"\x7fELF": "a program",
    b"BZh": "bzip2 data: decompress it first",
    b"\xfd7zXZ\x00": "xz data: decompress it first",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\xd0\xcf\x11\xe0": "an old office document",
    b"wOFF": "a font",
    b"wOF2": "a font",
    b"OggS": "audio or video",
    b"fLaC": "audio",
    b"\x00\x00\x00": "video or other binary data",
}
_MAGIC_INSIDE = re.compile(
    rb"RIFF.{4}(?:WAVE|AVI |WEBP)|ID3[\x02-\x04]|\xff[\xfa\xfb\xf2\xf3]", re.DOTALL
)
_PDF, _PDF_BYTES = re.compile(r"\s*%PDF-"), re.compile(rb"\s*%PDF-")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
# Labels that mean a superset, as the WHATWG's encoding standard has it.
_SUPERSETS = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030",
    "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "tis-620": "cp874",
    "iso8859-11": "cp874", "big5": "big5hkscs",
}  # fmt: skip
# Codecs of Python that no page is written in, whatever its label says: pages in UTF-16 say so by
# their first bytes.
_NO_LABELS = (
    "utf-16", "utf-32", "utf-7", "unicode-escape", "raw-unicode-escape", "idna", "punycode",
    "undefined",
)  # fmt: skip
_SNIFFED = 4096  # bytes in which a label is looked for
_MEASURED = 65536  # bytes that an encoding is guessed from


def decode_html(html: str | bytes) -> str:
    """Decode a page: byte order mark, valid UTF-8, the page's own label, then a guess.

    Raises
    ------
    TypeError
        If it is neither `str` nor bytes.
    PageError
        If the bytes are those of another format.

    Examples
    --------
    >>> decode_html("<meta charset=utf-8>caf\\u00e9".encode("latin-1"))  # a label that is wrong
    '<meta charset=utf-8>café'
    """
    if isinstance(html, str):
        return html
    if not isinstance(html, (bytes, bytearray, memoryview)):
        raise TypeError(f"html must be str or bytes, not {type(html).__name__}")
    data = bytes(html)
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data.decode(name, "replace").removeprefix("\ufeff")
    start = data[:_SNIFFED]
    if start[1:4:2] == b"\0\0" and start[:1] != b"\0":
        return data.decode("utf-16-le", "replace")
    if start[0:3:2] == b"\0\0" and start[1:2] not in (b"", b"\0"):
        return data.decode("utf-16-be", "replace")
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise PageError(f"not HTML but {what}")
    if _PDF_BYTES.match(start):
        raise PageError("not HTML but a PDF file")
    if _MAGIC_INSIDE.match(start):
        raise PageError("not HTML but audio, video or a WebP image")
    if start.count(b"\0") * 20 > len(start) > 0:
        raise PageError("not HTML but binary data")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        if error.end == len(data) and not before.isascii():  # cut off in a character
            return data.decode("utf-8", "ignore")
    label = _CHARSET.search(start)
    if label:
        name = _codec(label[1].decode("ascii", "replace"))
        if name and name != "utf-8":
            text = data.decode(name, "replace")
            if text.count("\ufffd") * 1000 <= len(text):
                return text
    loose = data.decode("utf-8", "replace")
    if loose.count("\ufffd") * 1000 <= len(loose):  # UTF-8 with a few bytes damaged
        return loose
    return _guessed(data)


def _codec(label: str) -> str:
    try:
        found = codecs.lookup(label)
    except LookupError:
        return ""
    if not getattr(found, "_is_text_encoding", True) or found.name.startswith(_NO_LABELS):
        return ""
    return _SUPERSETS.get(found.name, found.name)


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_MEASURED]).best()
    return data.decode(best.encoding if best is not None else "cp1252", "replace")


# What may stand before the first element of a feed.
_PROLOGUE = re.compile(r"\s+|<\?xml[^>]*>|<!--.*?-->|<!DOCTYPE\b[^>]*>", re.DOTALL | re.IGNORECASE)
_FEED = re.compile(r"<((?:\w+:)?(?:rss|feed|urlset|sitemapindex|RDF))\b")


def refuse_other_formats(text: str) -> None:
    """Say what a text is if it is plainly no page.

    Raises
    ------
    PageError
        For JSON, feeds and site maps.

    Examples
    --------
    >>> refuse_other_formats('{"html": "<p>Rain</p>"}')
    Traceback (most recent call last):
        ...
    cleantext.errors.PageError: not HTML but JSON: pass the field that holds the page
    """
    bare = text.lstrip("\ufeff \t\r\n")
    if _PDF.match(bare):
        raise PageError("not HTML but a PDF file")
    if bare[:1] in ("{", "[") and bare.rstrip()[-1:] in ("}", "]"):
        rows = bare.strip().split("\n")
        for parts, what in (([bare], "JSON"), ([rows[0], rows[-1]], "JSON lines")):
            try:
                for part in parts:
                    json.loads(part)
            except (ValueError, RecursionError):
                continue
            raise PageError(f"not HTML but {what}: pass the field that holds the page")
    head, at = text[:2000], 0
    while skipped := _PROLOGUE.match(head, at):
        at = skipped.end()
    feed = _FEED.match(head, at)
    if feed:
        raise PageError(f"not a page but XML (<{feed[1]}>): clean the pages that it lists")
