"""What each host costs over calling `clean_many` directly, and whether the bytes are the same.

    python -m benchmarks.hosts pandas polars --articles 2000 --repeats 3

prints a JSON object a host, for the hosts that are installed in this environment.
`benchmarks.scale` runs it in the environments that `make integrations` makes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cleantext import clean, clean_many
from cleantext.labelled import read_articles

ROOT = Path(__file__).parents[1]

#: From texts to cleaned texts, by the host; what happens before the texts come isn't timed.
Run = Callable[[list[str]], list[str]]


def one_by_one() -> Run:
    """Not a host: `clean` in a loop, as hosts do that hand over one text at a time."""
    return lambda texts: [clean(text) for text in texts]


def pandas() -> Run:
    import pandas as pd

    import cleantext.integrations.pandas  # noqa: F401 (registers)

    return lambda texts: list(pd.Series(texts, dtype=object).cleantext.clean())


def polars() -> Run:
    import polars as pl

    import cleantext.integrations.polars  # noqa: F401 (registers)

    cleaned = pl.col("text").cleantext.clean()
    return lambda texts: list(pl.DataFrame({"text": texts}).select(cleaned)["text"])


def dask() -> Run:
    from dask import bag

    from cleantext.integrations.dask import clean_bag

    return lambda texts: list(
        clean_bag(bag.from_sequence(texts, npartitions=4)).compute(scheduler="synchronous")
    )


def datasets() -> Run:
    import datasets as hf

    from cleantext.integrations.datasets import CleanBatch

    hf.disable_progress_bars()
    hf.disable_caching()
    return lambda texts: list(
        hf.Dataset.from_dict({"text": texts}).map(CleanBatch(), batched=True)["text"]
    )


def ray() -> Run:
    import ray as engine

    from cleantext.integrations.ray import CleanBatch

    engine.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    engine.data.DataContext.get_current().enable_progress_bars = False

    def run(texts: list[str]) -> list[str]:
        rows = [{"id": number, "text": text} for number, text in enumerate(texts)]
        found = (
            engine.data.from_items(rows, override_num_blocks=4)
            .map_batches(CleanBatch, concurrency=1)
            .take_all()
        )
        return [row["text"] for row in sorted(found, key=lambda row: int(row["id"]))]

    return run


def spark_session(workers: int) -> Any:
    """Start a quiet local session."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master(f"local[{workers}]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", "2g")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    return session


def spark() -> Run:
    from cleantext.integrations.spark import clean_udf

    session = spark_session(1)

    def run(texts: list[str]) -> list[str]:
        frame = session.createDataFrame([(text,) for text in texts], "text string")
        return [row["text"] for row in frame.select(clean_udf()("text").alias("text")).collect()]

    return run


def datatrove() -> Run:
    from datatrove.data import Document

    from cleantext.integrations.datatrove import CleantextFormatter

    def run(texts: list[str]) -> list[str]:
        documents = (Document(text=text, id=str(number)) for number, text in enumerate(texts))
        return [document.text for document in CleantextFormatter().run(documents)]

    return run


def nemo_curator() -> Run:
    import pandas as pd
    from nemo_curator.stages.text.modifiers import Modify
    from nemo_curator.tasks import DocumentBatch

    from cleantext.integrations.nemo_curator import CleantextModifier

    stage = Modify(CleantextModifier())

    def run(texts: list[str]) -> list[str]:
        batch = DocumentBatch(dataset_name="pages", data=pd.DataFrame({"text": texts}))
        return list(stage.process(batch).to_pandas()["text"])

    return run


def dolma() -> Run:
    from dolma.core.data_types import Document

    from cleantext.integrations.dolma import CleantextTagger

    tagger = CleantextTagger()

    def run(texts: list[str]) -> list[str]:
        cleaned = []
        for text in texts:
            spans = tagger.predict(Document("web", "1", text)).spans
            for span in sorted(spans, key=lambda span: -int(span.start)):
                if span.type == "boilerplate":
                    text = text[: span.start] + text[span.end :]
            cleaned.append(text)
        return cleaned

    return run


def scrapy() -> Run:
    from cleantext.integrations.scrapy import CleantextPipeline

    pipeline = CleantextPipeline()
    return lambda texts: [pipeline.process_item({"text": text})["text"] for text in texts]


def langchain() -> Run:
    from langchain_core.documents import Document

    from cleantext.integrations.langchain import CleantextTransformer

    transformer = CleantextTransformer()
    return lambda texts: [
        document.page_content
        for document in transformer.transform_documents([Document(text) for text in texts])
    ]


def llama_index() -> Run:
    from llama_index.core import Document

    from cleantext.integrations.llama_index import CleantextTransform

    transform = CleantextTransform()
    return lambda texts: [
        str(node.get_content()) for node in transform([Document(text=text) for text in texts])
    ]


def spacy() -> Run:
    import spacy as host

    import cleantext.integrations.spacy  # noqa: F401 (registers)

    nlp = host.blank("xx")
    component = nlp.add_pipe("cleantext")
    tokenised: dict[int, list[Any]] = {}  # spaCy's own work isn't timed after the first round

    def run(texts: list[str]) -> list[str]:
        if len(texts) not in tokenised:
            tokenised[len(texts)] = [nlp.make_doc(text) for text in texts]
        for doc in tokenised[len(texts)]:
            component(doc)
        return []  # it marks and doesn't remove: nothing to compare

    return run


#: Each with the package that it needs.
HOSTS: dict[str, tuple[Callable[[], Run], str]] = {
    "one by one": (one_by_one, "numpy"),
    "pandas": (pandas, "pandas"),
    "polars": (polars, "polars"),
    "dask": (dask, "dask"),
    "datasets": (datasets, "datasets"),
    "ray": (ray, "ray"),
    "spark": (spark, "pyspark"),
    "datatrove": (datatrove, "datatrove"),
    "nemo_curator": (nemo_curator, "nemo_curator"),
    "dolma": (dolma, "dolma"),
    "scrapy": (scrapy, "scrapy"),
    "langchain": (langchain, "langchain_core"),
    "llama_index": (llama_index, "llama_index"),
    "spacy": (spacy, "spacy"),
}


def seed_texts(count: int) -> list[str]:
    """Articles of `seeds/`, again and again."""
    articles = [article.text for article in read_articles(ROOT / "seeds" / "train")]
    return [articles[number % len(articles)] for number in range(count)]


def measure(host: str, count: int, repeats: int) -> dict[str, Any]:
    """Time a host over a few and over many texts, in turns with `clean_many`."""
    run = HOSTS[host][0]()
    texts = seed_texts(count)
    expected = list(clean_many(texts))

    def timed(action: Callable[[], Any]) -> tuple[float, Any]:
        start = time.perf_counter()
        result = action()
        return time.perf_counter() - start, result

    few, many, ours = [], [], []
    cleaned: list[str] = []
    run(texts[:10])  # workers and models start
    for _ in range(repeats):
        few.append(timed(lambda: run(texts[:10]))[0])
        ours.append(timed(lambda: list(clean_many(texts)))[0])
        seconds, cleaned = timed(lambda: run(texts))
        many.append(seconds)
    base, start = min(ours), min(few)
    return {
        "host": host,
        "articles": count,
        "clean_many": base,
        "seconds": min(many),
        "fixed": start,
        "overhead": (min(many) - start) / base - 1,
        "same": None if not cleaned else cleaned == expected,
    }


def main() -> None:
    """Measure the hosts named, or all that are installed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("hosts", nargs="*", metavar="HOST", help=f"of {', '.join(HOSTS)}")
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    if unknown := set(options.hosts) - set(HOSTS):
        parser.error(f"unknown host: {', '.join(sorted(unknown))}")
    warnings.simplefilter("ignore")
    for name in options.hosts or HOSTS:
        if find_spec(HOSTS[name][1]) is not None:
            found = measure(name, options.articles, options.repeats)
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
