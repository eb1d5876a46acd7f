"""Time HTML parsers: parse a page and look once at every node, as the front end must.

    python -m benchmarks.parsers            # made-up pages
    python -m benchmarks.parsers --corpus   # pages of the development corpus

and show what is left of a word under ten thousand elements.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.html import made_page
from benchmarks.pages import CORPUS, read_rows


def lexbor(html: str) -> list[str]:
    """Texts by selectolax's Lexbor, in document order."""
    from selectolax.lexbor import LexborHTMLParser

    texts = []
    root: Any = LexborHTMLParser(html.encode("utf-8", "replace")).root
    for node in root.traverse(include_text=True):
        parent = node.parent
        if parent is not None:
            parent.mem_id  # noqa: B018
        if node.tag == "-text":
            texts.append(node.text_content or "")
        else:
            node.attributes  # noqa: B018
    return texts


def lxml(html: str) -> list[str]:
    """Texts by lxml, in document order."""
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True)
    texts: list[str] = []
    tree = etree.fromstring(html.encode("utf-8", "replace"), parser=parser)
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            element.attrib.get("class")
            texts.append(element.text or "")
        else:
            texts.append(element.tail or "")
    return texts


def resiliparse(html: str) -> list[str]:
    """Texts by resiliparse's Lexbor, in document order."""
    from resiliparse.parse.html import HTMLTree, NodeType, traverse_dom

    texts: list[str] = []

    def start(context: Any) -> None:
        node = context.node
        if node.type == NodeType.TEXT:
            texts.append(node.value)
        elif node.type == NodeType.ELEMENT:
            node.getattr("class")

    document: Any = HTMLTree.parse(html).document
    traverse_dom(document, start, lambda context: None)
    return texts


PARSERS: dict[str, Callable[[str], list[str]]] = {
    "selectolax (Lexbor)": lexbor,
    "lxml (libxml2)": lxml,
    "resiliparse (Lexbor)": resiliparse,
}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", action="store_true", help="pages of the development corpus")
    options = parser.parse_args()
    if options.corpus:
        names = ("fundus", "trafilatura", "wcxb_dev")
        pages = [row["html"] for name in names for row in
                 itertools.islice(read_rows(CORPUS / f"pages-{name}.jsonl.zst"), 60)]  # fmt: skip
    else:
        pages = [made_page(size) for size in (5_000, 20_000, 80_000, 320_000)] * 10
    deep = "<div>" * 10_000 + "<p>word"
    sys.stdout.write("| parser | ms a page | under 10,000 elements |\n|---|--:|---|\n")
    for name, texts in PARSERS.items():
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            for page in pages:
                texts(page)
            best = min(best, time.process_time() - start)
        found = "read" if "word" in texts(deep) else "lost"
        sys.stdout.write(f"| {name} | {best / len(pages) * 1e3:.2f} | {found} |\n")


if __name__ == "__main__":
    main()
