"""Pages to lines: what stands in `cases/pages.json`, encodings, and input that is no page."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from cleantext import PageError
from cleantext.markup import BITS, TAGS
from cleantext.page import decode_html, parse_page
from cleantext.render import markdown

CASES = json.loads((ROOT / "tests" / "cases" / "pages.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_lines_in_reading_order(case: dict[str, Any]) -> None:
    assert parse_page(case["html"]).lines == case["lines"]


def bits(html: str, line: str) -> set[str]:
    page = parse_page(html)
    held = page.markup.bits[page.markup.element[page.lines.index(line)]]
    return {name for number, name in enumerate(BITS) if held >> number & 1}


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<nav><ul><li><a>x</a></ul></nav>", {"nav", "list", "item", "link"}),
        ("<article><h2><b>x</b></h2></article>", {"article", "heading", "strong"}),
        ("<blockquote><p>x</blockquote>", {"quote", "paragraph"}),
        ("<figure><figcaption>x</figcaption></figure>", {"figure", "caption"}),
        ("<div role=navigation>x</div>", {"nav"}),
        ("<div itemprop=articleBody>x</div>", {"body_property"}),
        ("<table><tr><td>x</table>", {"table"}),
        ("<pre>x</pre>", {"code"}),
        ("<div aria-hidden=true>x</div>", {"aria_hidden"}),
        ("<div hidden>x</div>", {"hidden"}),
        ("<div hidden=until-found>x</div>", set()),
        ("<div style='display:none'><p>x</div>", {"hidden", "paragraph"}),
        ("<dialog>x</dialog>", {"hidden", "dialog"}),
        ("<dialog open>x</dialog>", {"dialog"}),
    ],
)
def test_what_a_line_stands_in(html: str, expected: set[str]) -> None:
    assert bits(html, "x") == expected


def test_links_are_measured() -> None:
    markup = parse_page("<p>Read <a>all of it</a> now<p>Rain<p><a>Read on</a>").markup
    assert markup.links == [1, 0, 1]
    assert markup.link_chars[0] == len("all of it")
    assert markup.link_chars[1:] == [0, len("Read on")]


def test_evidence() -> None:
    page = parse_page(
        "<title>Rain - The Post</title><meta property=og:title content=Rain>"
        "<meta name=description content='It  fell.'>"
        '<script type="application/ld+json">{"articleBody": "Rain \\"fell\\"."}</script><p>x'
    )
    assert page.markup.title == "Rain - The Post\nRain"
    assert page.markup.description == "It fell."
    assert page.markup.body == 'Rain "fell".'


def test_every_line_is_inside_its_element() -> None:
    page = parse_page("".join(case["html"] for case in CASES if "frame" not in case["what"]))
    markup = page.markup
    assert len(page.lines) == len(markup.element) > 40
    for row, parent in enumerate(markup.parent):
        assert parent <= row
        assert markup.first[parent] <= markup.first[row]
        assert markup.last[row] <= markup.last[parent]
        assert 0 <= markup.tag[row] < len(TAGS)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<p>café".encode(), "<p>café"),
        ("<p>café".encode("utf-8-sig"), "<p>café"),
        ("<p>café".encode("utf-16"), "<p>café"),
        ("<p>café".encode("utf-16-le"), "<p>café"),
        ("<p>café".encode("utf-16-be"), "<p>café"),
        ("<meta charset=latin-1><p>“café”".encode("cp1252"), "<meta charset=latin-1><p>“café”"),
        ("<meta charset=latin-1><p>“café”".encode(), "<meta charset=latin-1><p>“café”"),
        ("<meta charset='windows-1251'><p>дождь".encode("cp1251"),
         "<meta charset='windows-1251'><p>дождь"),
        ("<meta charset=gb2312><p>雨水镕".encode("gb18030"), "<meta charset=gb2312><p>雨水镕"),
        (b"<meta charset=no-such><p>plain", "<meta charset=no-such><p>plain"),
        ("<?xml version='1.0' encoding='iso-8859-2'?><html><p>źle".encode("iso-8859-2"),
         "<?xml version='1.0' encoding='iso-8859-2'?><html><p>źle"),
        ("<p>café, caf".encode() + b"\xc3", "<p>café, caf"),
        (b"", ""),
    ],
)  # fmt: skip
def test_encodings(data: bytes, text: str) -> None:
    assert decode_html(data) == text


@pytest.mark.parametrize(
    "label", ["utf-16", "utf-7", "utf-32le", "unicode_escape", "idna", "punycode", "undefined"]
)
def test_labels_of_what_no_page_is_written_in_count_for_nothing(label: str) -> None:
    text = f"<meta charset={label}><p>" + "Größe über alles, und öfter. " * 50
    assert decode_html(text.encode("cp1252")) == text


def test_utf8_with_a_few_damaged_bytes_is_still_utf8() -> None:
    data = b"<p>" + "Größe über alles. ".encode() * 200 + b"\xff."
    assert decode_html(data) == "<p>" + "Größe über alles. " * 200 + "\ufffd."


def test_an_unlabelled_legacy_page_is_guessed() -> None:
    text = "<p>" + "Проливной дождь шёл над городом всю ночь, и река вышла из берегов. " * 20
    assert decode_html(text.encode("cp1251")) == text


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"%PDF-1.7 ...", "not HTML but a PDF file"),
        (b"\x89PNG\r\n\x1a\n", "not HTML but a PNG image"),
        (b"PK\x03\x04abc", "not HTML but a ZIP archive"),
        (b"\x1f\x8b\x08", "not HTML but gzip data: decompress it first"),
        (b"\x00\x01\x02\x03" * 100, "not HTML but binary data"),
        ('{"html": "<p>Rain"}', "not HTML but JSON: pass the field"),
        (b' [{"html": "<p>Rain"}]\n', "not HTML but JSON"),
        ('<?xml version="1.0"?>\n<rss version="2.0"></rss>', r"not a page but XML \(<rss>\)"),
        ('<feed xmlns="http://www.w3.org/2005/Atom"/>', r"XML \(<feed>\)"),
        ('<atom:feed xmlns:atom="http://www.w3.org/2005/Atom"/>', r"XML \(<atom:feed>\)"),
        ('<!-- made --><!DOCTYPE rss SYSTEM "x.dtd"><rss/>', r"XML \(<rss>\)"),
        ('{"html": "<p>Rain"}\n{"html": "<p>Snow"}\n', "not HTML but JSON lines"),
        (" " * 400 + '["<p>Rain"]', "not HTML but JSON"),
        ("%PDF-1.7 as text", "not HTML but a PDF file"),
        (b"\n%PDF-1.7", "not HTML but a PDF file"),
        (b"BZh91AY&SY", "not HTML but bzip2 data"),
        (b"7z\xbc\xaf\x27\x1c\x00", "not HTML but a 7z archive"),
        (b"wOF2 font", "not HTML but a font"),
        (b"ID3\x04\x00 ...", "not HTML but audio"),
        (b"\xff\xfb\x90d ...", "not HTML but audio"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "not HTML but audio, video or a WebP image"),
    ],
)
def test_what_is_no_page_is_named(source: str | bytes, message: str) -> None:
    with pytest.raises(PageError, match=message):
        parse_page(source)


def test_marks_that_only_begin_like_another_format_are_read() -> None:
    for html in (b"ID3 tags: <p>Rain", b"RIFF and more: <p>Rain", b"{x} <p>Rain", b"%d <p>Rain",
                 b"[1]\n[2]<p>Rain"):  # fmt: skip
        assert parse_page(html).lines[-1] == "Rain"


def test_what_only_begins_and_ends_like_json_is_read() -> None:
    assert parse_page("[1]\n<p>Rain fell [2]").lines == ["[1]", "Rain fell [2]"]


def test_a_pdf_is_no_page_for_the_decoder_either() -> None:
    with pytest.raises(PageError, match="PDF"):
        decode_html(b"%PDF-1.7 abc")


def test_other_types_are_refused() -> None:
    with pytest.raises(TypeError, match="html must be str or bytes, not int"):
        decode_html(7)  # type: ignore[arg-type]


@pytest.mark.parametrize("tag", ["div", "b", "span", "a", "li", "table", "blockquote", "font"])
def test_deep_nesting(tag: str) -> None:
    page = parse_page(f"<{tag}>" * 10_000 + "<p>Rain fell.")
    assert page.lines == ["Rain fell."]
    assert markdown(page, [True])


@pytest.mark.parametrize(
    "html",
    [
        "<script>" + "x = '<p>no</p>';\n" * 200_000 + "</script><p>Rain",
        "<p>Rain" + "<br>" * 100_000,
        "<!--" + "-" * 1_000_000 + "--><p>Rain",
        "<p>Rain<p>" + "<" * 200_000,
        "<p>Rain<x " + "a=b " * 100_000 + ">",
        "<!--a-->" * 100_000 + "<p>Rain",
        "\n" * 1_000_000 + "<p>Rain",
    ],
    ids=["script", "breaks", "comment", "brackets", "attributes", "comments", "blank lines"],
)
def test_megabytes_of_nothing(html: str) -> None:
    assert parse_page(html).lines[0] == "Rain"


tags = st.sampled_from(
    "p div b a ul li table tr td th pre br h1 blockquote script style select svg title dl dt dd "
    "article my-el textarea template iframe noscript frameset math button".split()
)
pieces = st.one_of(
    st.builds("<{}>".format, tags),
    st.builds("</{}>".format, tags),
    st.sampled_from(["<p hidden>", "<a class='x y' id=z>", "<!--", "-->", "<![CDATA[", "<", "&"]),
    st.text(max_size=8),
)
broken_pages = st.lists(pieces, max_size=40).map("".join)


@given(broken_pages)
def test_lines_are_words_of_the_page_in_one_piece(html: str) -> None:
    page = parse_page(f"<p>{html}")
    for line in page.lines:
        assert line.strip()
        assert len(line.splitlines()) == 1
    assert len(page.lines) == len(page.markup.element)
    assert markdown(page, [True] * len(page.lines)) is not None


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_kindly(data: bytes) -> None:
    with contextlib.suppress(PageError):
        assert all(line.strip() for line in parse_page(data).lines)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<h2>Rain</h2><p>It fell.", "## Rain\n\nIt fell.\n"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "- a\n  - b\n- c\n"),
        ("<ol><li>a<li>b</ol>", "1. a\n2. b\n"),
        ("<table><tr><th>a<th>b<tr><td>1<td>2</table>", "| a | b |\n|---|---|\n| 1 | 2 |\n"),
        ("<blockquote><p>a<p>b</blockquote><p>c", "> a\n>\n> b\n\nc\n"),
        ("<pre>a\n  b</pre><p>c", "```\na\n  b\n```\n\nc\n"),
        ("<dl><dt>a<dd>b</dl>", "**a**\n\nb\n"),
        ("<p># a<p>- b<p>1. c<p>1.5 d", "\\# a\n\n\\- b\n\n1\\. c\n\n1.5 d\n"),
        ("<p>1984. A novel<p>2<p>3)", "1984\\. A novel\n\n2\n\n3\\)\n"),
        ("<p>&lt;script>x&lt;/script> 1 < 2", "\\<script>x\\</script> 1 < 2\n"),
        ("<pre>a\n```\nb</pre><p>c", "````\na\n```\nb\n````\n\nc\n"),
        ("<blockquote><table><tr><td>a<td>b<tr><td>1<td>2</table></blockquote>",
         "> | a | b |\n> |---|---|\n> | 1 | 2 |\n"),
        ("", ""),
    ],
)  # fmt: skip
def test_markdown(html: str, expected: str) -> None:
    page = parse_page(html)
    assert markdown(page, [True] * len(page.lines)) == expected


def test_markdown_of_the_lines_that_stay() -> None:
    page = parse_page("<ol><li>a<li>b</ol><table><tr><td>1<td>2<tr><td>3<td>4</table><p>c")
    assert markdown(page, [False, True, True, False, True]) == (
        "1. b\n\n| 1 | 2 |\n|---|---|\n\nc\n"
    )
