"""What people run on pages today, as functions from HTML to text, and what they gave, kept.

    python -m benchmarks.extractors NAME...

runs the named extractors over the judged pages of the development corpus and keeps their texts
under `build/html/`, one file each; extractors that aren't installed are left out.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.pages import CORPUS, ROOT, read_rows

__all__ = ["EXTRACTORS", "OUTPUTS", "judged_pages", "kept"]

OUTPUTS = ROOT / "build" / "html"
#: Seconds after which a page counts as one without text.
LIMIT = 30
JUDGED = ("aed", "fundus", "wcxb_dev", "trafilatura")

_STOPLISTS = {
    "de": "German", "en": "English", "fr": "French", "es": "Spanish", "pl": "Polish",
    "it": "Italian", "pt": "Portuguese", "nl": "Dutch", "sv": "Swedish", "da": "Danish",
    "no": "Norwegian_Bokmal", "fi": "Finnish", "cs": "Czech", "hu": "Hungarian", "tr": "Turkish",
    "ru": "Russian", "uk": "Ukrainian", "vi": "Vietnamese", "ko": "Korean", "el": "Greek",
    "id": "Indonesian", "ro": "Romanian", "bg": "Bulgarian", "sk": "Slovak",
}  # fmt: skip


def _trafilatura(**settings: Any) -> Callable[[str, str], str]:
    def run(html: str, lang: str) -> str:
        import trafilatura

        return trafilatura.extract(html, **settings) or ""

    return run


def _resiliparse(html: str, lang: str) -> str:
    from resiliparse.extract.html2text import extract_plain_text

    return str(extract_plain_text(html, main_content=True, alt_texts=False))


def _readability(html: str, lang: str) -> str:
    from readability import Document
    from resiliparse.extract.html2text import extract_plain_text

    return str(extract_plain_text(Document(html).summary(), main_content=False))


def _newspaper(html: str, lang: str) -> str:
    import newspaper

    article = newspaper.Article("https://example.org/", fetch_images=False)
    article.download(input_html=html)
    try:
        article.parse()
    except ImportError:  # a language whose tokeniser isn't installed
        return ""
    return str(article.text)


def _justext(html: str, lang: str) -> str:
    import justext

    words = justext.get_stoplist(_STOPLISTS.get(lang, "English"))
    found = justext.justext(html.encode("utf-8", "replace"), words, encoding="utf-8")
    return "\n".join(paragraph.text for paragraph in found if not paragraph.is_boilerplate)


def _goose(html: str, lang: str) -> str:
    import goose3

    with goose3.Goose({"enable_image_fetching": False, "strict": False}) as goose:
        return str(goose.extract(raw_html=html).cleaned_text)


def _news_please(html: str, lang: str) -> str:
    from newsplease import NewsPlease

    return str(NewsPlease.from_html(html, url=None).maintext or "")


EXTRACTORS: dict[str, Callable[[str, str], str]] = {
    "trafilatura": _trafilatura(),
    "resiliparse": _resiliparse,
    "trafilatura, precision": _trafilatura(favor_precision=True),
    "trafilatura, recall": _trafilatura(favor_recall=True),
    "trafilatura, no comments": _trafilatura(include_comments=False),
    "readability-lxml": _readability,
    "jusText": _justext,
    "newspaper4k": _newspaper,
    "goose3": _goose,
    "news-please": _news_please,
}


def judged_pages(name: str) -> Iterator[dict[str, Any]]:
    """Yield the pages of a set whose gold no extractor has drafted."""
    for row in read_rows(CORPUS / f"pages-{name}.jsonl.zst"):
        drafted = "draft" in (row.get("body_source") or "") or row.get("needs_review")
        if not drafted and (row["body"] or (name == "trafilatura" and row["must_have"])):
            yield row


def path_of(name: str) -> Path:
    """File that keeps what an extractor gave."""
    return OUTPUTS / f"{name.replace(', ', '-')}.jsonl"


def kept(name: str) -> dict[str, str]:
    """Texts that an extractor gave, by page; empty if it hasn't run."""
    path = path_of(name)
    if not path.is_file():
        return {}
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {row["page"]: row["text"] for row in rows}


class _TooLongError(Exception):
    pass


def _give_up(number: int, frame: FrameType | None) -> None:
    raise _TooLongError


def run(name: str) -> None:
    """Run one extractor over all judged pages."""
    extract = EXTRACTORS[name]
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    signal.signal(signal.SIGALRM, _give_up)
    failed, start, reason = 0, time.perf_counter(), ""
    with part.open("w", encoding="utf-8", newline="\n") as file:
        for set_name in JUDGED:
            for row in judged_pages(set_name):
                signal.alarm(LIMIT)
                try:
                    text = extract(row["html"], row["lang"] or "en")
                except ImportError as error:
                    sys.stderr.write(f"{name}: left out, {error}\n")
                    part.unlink()
                    return
                except Exception as error:  # a page that it can't read is one without text
                    text, failed, reason = "", failed + 1, repr(error)
                finally:
                    signal.alarm(0)
                file.write(json.dumps({"page": row["page"], "text": text}) + "\n")
    part.replace(path)
    seconds = time.perf_counter() - start
    sys.stderr.write(f"{name}: {seconds:.0f} s, {failed} pages failed {reason}\n")


def main() -> None:
    """Run those that haven't run yet, or the named ones again."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", choices=[*EXTRACTORS, []], metavar="NAME")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    for name in options.names or [name for name in EXTRACTORS if not path_of(name).is_file()]:
        run(name)


if __name__ == "__main__":
    main()
