"""`clean_html`, `explain_html`, `clean_article` and `PageCleaner` with the model that ships."""

from __future__ import annotations

import builtins
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import bs4
import lxml.html
import pytest
from hypothesis import given
from test_markup import CRACK, FERRY, LEDE, NEWS
from test_page import CASES, broken_pages

import cleantext.html
from cleantext import (
    Article,
    Cleaner,
    CleaningError,
    MissingExtraError,
    ModelError,
    PageCleaner,
    PageError,
    clean_article,
    clean_html,
    clean_html_many,
    explain_html,
)
from cleantext.artifact import default_model_path
from cleantext.page import parse_page

BODY = f"{LEDE}\n{CRACK}\n{FERRY}\n"


@pytest.fixture(scope="module")
def page_cleaner() -> PageCleaner:
    return PageCleaner()


def test_the_article_and_nothing_else() -> None:
    assert clean_html(NEWS) == BODY


def test_bytes_and_trees_of_other_parsers() -> None:
    assert clean_html(NEWS.encode()) == BODY
    assert clean_html(bytearray(NEWS.encode("utf-16"))) == BODY
    assert clean_html(bs4.BeautifulSoup(NEWS, "html.parser")) == BODY
    assert clean_html(lxml.html.document_fromstring(NEWS)) == BODY


def test_what_follows_an_element_of_a_tree_is_not_in_it() -> None:
    tree = lxml.html.document_fromstring(f"<div><p>{LEDE}</p>{FERRY}</div>")
    assert clean_html(tree.find(".//p")) == LEDE + "\n"


PAGES = [NEWS, "", NEWS.encode("utf-16"), "<p>" + LEDE, "<nav>Home</nav>", f"{LEDE}<p>{FERRY}"]
PDF = b"%PDF-1.7"


@pytest.mark.parametrize("chunk_size", [1, 2_000, 10**6])
@pytest.mark.parametrize("output", ["text", "markdown"])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_many_pages_are_each_page(
    monkeypatch: pytest.MonkeyPatch, n_jobs: int, output: str, chunk_size: int
) -> None:
    monkeypatch.setattr(cleantext.html, "BATCH_CHARACTERS", chunk_size)
    found = list(clean_html_many(iter(PAGES * 3), output=output, n_jobs=n_jobs))
    assert found == [clean_html(page, output=output) for page in PAGES] * 3


@pytest.mark.parametrize("extractor", ["trafilatura", "bs4", str])
def test_many_pages_through_another_front_end(extractor: Any) -> None:
    pages = [NEWS, f"<p>{LEDE}"]
    found = list(clean_html_many(pages, extractor=extractor))
    assert found == [clean_html(page, extractor=extractor) for page in pages]


def test_many_pages_are_lazy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleantext.html, "BATCH_CHARACTERS", 1)
    pages = iter([NEWS, NEWS, PDF])
    assert next(clean_html_many(pages)) == BODY
    assert next(pages) == NEWS


def test_many_pages_and_what_is_none() -> None:
    pages = [NEWS, PDF, NEWS, None, NEWS]
    assert list(clean_html_many(pages, on_error="drop")) == [BODY, BODY, BODY]
    assert list(clean_html_many(pages, on_error="keep")) == [BODY, PDF, BODY, None, BODY]
    with pytest.raises(CleaningError, match=r"item 1 of pages .* PDF"):
        list(clean_html_many(pages))
    with pytest.raises(TypeError, match="item 0 of pages must be str or bytes, not int"):
        list(clean_html_many([5]))
    with pytest.raises(TypeError, match="takes an iterable of pages"):
        clean_html_many(NEWS)
    with pytest.raises(ValueError, match="output must be one of"):
        clean_html_many([NEWS], output="html")
    with pytest.raises(ValueError, match='needs extractor="blocks"'):
        clean_html_many([NEWS], extractor="bs4", output="markdown")


@given(broken_pages)
def test_lines_of_the_page_in_order_and_explained(html: str) -> None:
    source = f"<p>{html}<p>{LEDE}"
    found = explain_html(source)
    assert found.text == clean_html(source)
    assert found.text == "".join(line.text for line in found.lines if line.kept)
    assert [line.text for line in found.lines] == [line + "\n" for line in parse_page(source).lines]


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_a_lower_threshold_removes_more(page_cleaner: PageCleaner, case: dict[str, Any]) -> None:
    kept: set[int] = set()
    model = page_cleaner._lines.model
    for threshold in (0.0, 0.05, 0.3, 0.6, 0.9, 1.0):
        found = PageCleaner(model, threshold=threshold).explain(case["html"])
        now = {line.number for line in found.lines if line.kept}
        assert kept <= now
        kept = now


def test_patterns_and_kinds() -> None:
    assert "Ferry runs late" in clean_html(NEWS, keep="ferry runs late")
    assert CRACK not in clean_html(NEWS, drop="second crack")
    assert Cleaner(drop="second crack").clean_html(NEWS) == f"{LEDE}\n{FERRY}\n"
    assert Cleaner(threshold=1.0, drop="home").clean_html(NEWS) == PageCleaner(
        threshold=1.0, drop="home"
    )(NEWS)
    removed = explain_html(NEWS, remove={"nav"}).removed
    assert "Home\n" in [line.text for line in removed]
    assert {line.kind for line in removed} == {"nav"}


def test_markdown() -> None:
    html = NEWS.replace("<p>Eng", "<h2>Cracks in the north pier</h2><p>Eng")
    kept = clean_html(html, output="markdown", keep="cracks in")
    assert f"{LEDE}\n\n## Cracks in the north pier\n\n{CRACK}\n\n{FERRY}\n" in kept


def test_article_and_its_metadata() -> None:
    head = (
        "<head><meta property='og:title' content='Bridge shut until May'>"
        "<meta name=author content='Ada Pell'><meta property='og:site_name' content='The Post'>"
        "<meta property='article:published_time' content='2024-03-05T07:00:00Z'>"
        "<link rel=canonical href='https://post.example/bridge'>"
    )
    found = clean_article(NEWS.replace("<head>", head), url="https://post.example/b?x=1")
    assert isinstance(found, Article)
    assert found == Article(
        BODY, "Bridge shut until May", "Ada Pell", "2024-03-05", "The Post",
        "https://post.example/bridge",
    )  # fmt: skip


def test_an_article_without_metadata() -> None:
    assert clean_article("", url="https://post.example/") == Article(
        "", url="https://post.example/"
    )
    assert clean_article("<p>Rain").byline == ""


@pytest.mark.parametrize("html", ["", " \n", "<html></html>", "<frameset><frame></frameset>", b""])
def test_pages_without_text_give_none(html: Any) -> None:
    assert clean_html(html) == ""
    assert clean_html(html, output="markdown") == ""
    assert explain_html(html).lines == ()
    assert clean_html(html, extractor="trafilatura") == ""
    assert clean_html(html, extractor="bs4") == ""


@pytest.mark.parametrize("extractor", ["trafilatura", "bs4", lambda html: f"{LEDE}\n{CRACK}\n"])
def test_other_front_ends(extractor: Any) -> None:
    cleaned = clean_html(NEWS, extractor=extractor)
    assert LEDE in cleaned
    assert CRACK in cleaned
    found = explain_html(NEWS, extractor=extractor)
    assert found.text == cleaned
    assert clean_html(NEWS, extractor=extractor, drop="second crack") != cleaned


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"html": 7}, TypeError, "html must be str, bytes, a BeautifulSoup or .*, not int"),
        ({"html": None}, TypeError, "not NoneType"),
        ({"html": "", "output": "xml"}, ValueError, "output must be one of text, markdown"),
        ({"html": "", "extractor": "magic"}, ValueError, "unknown extractor 'magic': it is one of"),
        ({"html": "", "extractor": 7}, TypeError, "extractor must be a name or a callable"),
        ({"html": "<p>a", "extractor": lambda html: None}, TypeError,
         "what the extractor returns must be a str, not NoneType"),
        ({"html": "", "extractor": "bs4", "output": "markdown"}, ValueError, "needs extractor="),
        ({"html": "", "threshold": 7}, ValueError, "threshold must lie between 0 and 1"),
        ({"html": "", "remove": {"spam"}}, ValueError, "unknown kind 'spam'"),
        ({"html": b"%PDF-1.4"}, PageError, "a PDF file"),
        ({"html": b"%PDF-1.4", "extractor": "bs4"}, PageError, "a PDF file"),
    ],
)  # fmt: skip
def test_errors_say_what_was_wanted(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        clean_html(**arguments)


def test_a_model_of_text_is_refused() -> None:
    with pytest.raises(ModelError, match="trained on plain text"):
        PageCleaner(default_model_path())


@pytest.mark.parametrize(
    ("package", "call"),
    [
        ("selectolax", lambda: clean_html("<p>Rain")),
        ("trafilatura", lambda: clean_html("<p>Rain", extractor="trafilatura")),
        ("trafilatura", lambda: clean_article("<p>Rain")),
        ("bs4", lambda: clean_html("<p>Rain", extractor="bs4")),
    ],
    ids=["selectolax", "trafilatura", "metadata", "bs4"],
)
def test_missing_packages_are_named(
    monkeypatch: pytest.MonkeyPatch, package: str, call: Callable[[], Any]
) -> None:
    genuine = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == package:
            raise ImportError(name)
        return genuine(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"cleantext-lines\[html\]"):
        call()


def test_cleaning_pages_loads_nothing_that_it_needs_not() -> None:
    code = "import sys, cleantext; cleantext.clean_html('<p>Rain'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"lxml", "trafilatura", "bs4", "sklearn"} & set(done.stdout.split())


def test_cleaners_pickle_and_serve_threads(page_cleaner: PageCleaner) -> None:
    copy = pickle.loads(pickle.dumps(page_cleaner))
    assert copy(NEWS) == page_cleaner(NEWS) == BODY
    pages = [NEWS, "<p>Rain fell.", NEWS.replace("bridge", "tunnel")] * 8
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(page_cleaner, pages)) == [page_cleaner(page) for page in pages]


def test_a_limit_for_texts_is_refused_for_pages() -> None:
    with pytest.raises(ValueError, match="max_removed is for texts"):
        Cleaner(max_removed=0.5).clean_html(NEWS)


@pytest.mark.parametrize("nothing", ["&#8203;", "&#xFEFF;", "&shy;", "&rlm; &nbsp;", "&#1;"])
def test_paragraphs_of_nothing_are_no_lines(nothing: str) -> None:
    html = NEWS.replace("<p>", f"<p>{nothing}</p><p>")
    assert clean_html(html) == explain_html(html).text == BODY
