"""Scrapy: a real crawl of a site on this machine, in a process of its own."""

from __future__ import annotations

import html
import json
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("scrapy")

import cleantext
from cleantext.integrations.scrapy import CleantextPipeline

SPIDER = """
    import dataclasses, json, sys
    import scrapy
    from scrapy.crawler import CrawlerProcess

    @dataclasses.dataclass
    class Page:
        number: int
        body: str
        summary: str | None = None

    class Pages(scrapy.Spider):
        name = "pages"
        start_urls = [sys.argv[1]]

        def parse(self, response):
            for link in response.css("nav a"):
                yield response.follow(link, self.parse_page)

        def parse_page(self, response):
            text = "".join(response.css("pre::text").getall())
            yield Page(int(response.css("h1::text").get()), text)

    process = CrawlerProcess({
        "ITEM_PIPELINES": {"cleantext.integrations.scrapy.CleantextPipeline": 300},
        "FEEDS": {sys.argv[2]: {"format": "jsonl"}},
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "WARNING",
        **json.loads(sys.argv[3]),
    })
    crawler = process.create_crawler(Pages)
    process.crawl(crawler)
    process.start()
    print(json.dumps(crawler.stats.get_stats(), default=str))
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def pages(texts: list[str]) -> list[str]:
    """Texts that come through HTML as they are: its parser turns \\r\\n into \\n, say."""
    return [text for text in texts if text.strip() and not set(text) & set("\r\x0b\x0c\x85")]


@pytest.fixture
def site(pages: list[str], tmp_path: Path) -> Iterator[str]:
    """A web server on 127.0.0.1 with a page for each text."""
    folder = tmp_path / "site"
    folder.mkdir()
    links = "".join(f'<a href="{number}.html">{number}</a>' for number in range(len(pages)))
    (folder / "index.html").write_text(f"<nav>{links}</nav>")
    for number, text in enumerate(pages):
        page = f'<meta charset="utf-8"><h1>{number}</h1><pre>{html.escape(text)}</pre>'
        (folder / f"{number}.html").write_bytes(page.encode())
    handler = partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()


def test_a_crawl_gives_the_same_bytes(
    site: str, pages: list[str], settings: dict[str, Any], tmp_path: Path
) -> None:
    options = {"CLEANTEXT_FIELDS": ["body", "summary"], "CLEANTEXT_SETTINGS": settings}
    script = tmp_path / "spider.py"
    script.write_text(textwrap.dedent(SPIDER))
    out = tmp_path / "items.jsonl"
    done = subprocess.run(
        [sys.executable, str(script), site, str(out), json.dumps(options)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(cleantext.__file__).parents[1])},
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = out.read_text(encoding="utf-8").split("\n")[:-1]
    items = {item["number"]: item for item in map(json.loads, rows)}
    wanted = [cleantext.clean(page, **settings) for page in pages]
    assert [items[number]["body"] for number in range(len(pages))] == wanted
    assert all(item["summary"] is None for item in items.values())
    stats = json.loads(done.stdout.splitlines()[-1])
    assert stats["item_scraped_count"] == len(pages)
    assert stats["cleantext/items"] == len(pages)
    removed = sum(map(len, pages)) - sum(map(len, wanted))
    assert stats["cleantext/removed_characters"] == removed
    assert "Deprecat" not in done.stderr


def test_items_of_every_sort(texts: list[str], expected: list[str]) -> None:
    import scrapy

    class Page(scrapy.Item):
        text = scrapy.Field()
        url = scrapy.Field()

    pipeline = CleantextPipeline()
    for text, wanted in zip(texts, expected, strict=True):
        assert pipeline.process_item({"text": text, "url": "u"}) == {"text": wanted, "url": "u"}
        assert pipeline.process_item(Page(text=text))["text"] == wanted
    assert pipeline.process_item({"url": "u"}) == {"url": "u"}
