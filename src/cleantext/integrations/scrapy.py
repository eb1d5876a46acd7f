"""Scrapy: an item pipeline.

In a project's settings::

    ITEM_PIPELINES = {"cleantext.integrations.scrapy.CleantextPipeline": 300}
    CLEANTEXT_FIELDS = ["text"]
    CLEANTEXT_SETTINGS = {"threshold": 0.8}

>>> from cleantext.integrations.scrapy import CleantextPipeline
>>> CleantextPipeline(["body"]).process_item({"body": "Rain fell on the hills all night.\\n"})
{'body': 'Rain fell on the hills all night.\\n'}
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from itemadapter import ItemAdapter
from scrapy.crawler import Crawler

from cleantext.cleaner import Cleaner

__all__ = ["CleantextPipeline"]


class CleantextPipeline:
    """Clean fields of items; fields that are missing or None stay so.

    Counts `cleantext/items` and `cleantext/removed_characters` in the crawl's statistics.

    Parameters
    ----------
    fields : iterable of str
        Fields to clean: `CLEANTEXT_FIELDS` in the project's settings, `text` by default.
    crawler : Crawler, optional
        Where the counts go.
    **settings
        As for `cleantext.Cleaner`: `CLEANTEXT_SETTINGS` in the project's settings.
    """

    def __init__(
        self, fields: Iterable[str] = ("text",), crawler: Crawler | None = None, **settings: Any
    ) -> None:
        self.fields = tuple(fields)
        self.crawler = crawler
        self.cleaner = Cleaner(**settings)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CleantextPipeline:
        """Read the project's settings."""
        fields = crawler.settings.getlist("CLEANTEXT_FIELDS", ["text"])
        return cls(fields, crawler, **crawler.settings.getdict("CLEANTEXT_SETTINGS"))

    # Scrapy before 2.13 hands over the spider as well.
    def process_item(self, item: Any, spider: Any = None) -> Any:
        """Clean an item's fields."""
        adapter = ItemAdapter(item)
        removed = 0
        for field in self.fields:
            text = adapter.get(field)
            if text is not None:
                adapter[field] = self.cleaner.clean(text)
                removed += len(text) - len(adapter[field])
        if self.crawler is not None and self.crawler.stats is not None:
            self.crawler.stats.inc_value("cleantext/items")
            self.crawler.stats.inc_value("cleantext/removed_characters", removed)
        return item
