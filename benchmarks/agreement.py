"""How well our labels of lines agree with those of the development corpus.

    python -m benchmarks.corpus
    python -m benchmarks.agreement

`benchmarks/labels/second.jsonl` holds labels of articles that the corpus has labels for, made in
the same way as ours of other pages and without sight of them. Judged as a system that removes
lines is judged, they say how far a careful reader gets by the corpus's labels. And where the
corpus says which snippets belong to the article of a page and which don't, ours should say the
same.
"""

from __future__ import annotations

import sys

from sklearn.metrics import cohen_kappa_score

from benchmarks.corpus import VIEWS, labelled
from benchmarks.pages import CORPUS, LABELS, corpus_pages, own_labels, read_rows
from cleantext.evaluation.metrics import score_articles
from cleantext.kinds import BOILERPLATE
from cleantext.labelled import read_articles
from cleantext.page import parse_page
from cleantext.training.pages import folded_words
from cleantext.training.views import matched_labels

SECOND = LABELS.with_name("second.jsonl")


def second_labels() -> str:
    """Compare with labels of the corpus for the same lines."""
    ours = own_labels(SECOND)
    pairs = [
        (mine, theirs)
        for row in read_rows(CORPUS / "lines.jsonl.zst")
        if row["article"] in ours
        for mine, theirs in zip(ours[row["article"]].find(row["lines"]), row["labels"], strict=True)
        if mine
    ]
    sides = [(mine in BOILERPLATE, theirs in BOILERPLATE) for mine, theirs in pairs]
    same = sum(mine == theirs for mine, theirs in sides) / len(sides)
    kind = sum(mine == theirs for mine, theirs in pairs) / len(pairs)
    return (
        f"{len(ours)} articles labelled twice, {len(pairs)} lines: boilerplate or not, {same:.3f} "
        f"agree (kappa {cohen_kappa_score(*zip(*sides, strict=True)):.3f}); kind, {kind:.3f}"
    )


def as_a_system() -> str:
    """Remove from two views what the second labels call boilerplate, and judge that."""
    ours = own_labels(SECOND)
    views = {
        view: [a for a in read_articles(VIEWS / f"{view}.jsonl") if a.article in ours]
        for view in ("raw", "trafilatura")
    }
    second = {a.article: labelled(a.lines, ours[a.article].find(a.lines)) for a in views["raw"]}
    rows = []
    for view, articles in views.items():
        found = [matched_labels(*second[a.article], a.lines) for a in articles]
        kept = [[label not in BOILERPLATE for label in labels] for labels in found]
        report = score_articles(articles, kept)
        figures, errors = report.figures(), report.errors()
        shown = ", ".join(
            f"{name} {figures[name]:.4f} ± {errors[name]:.4f}"
            for name in ("precision", "recall", "f1", "retention", "hurt")
        )
        rows.append(f"as a system, {len(articles)} articles of the view {view}: {shown}")
    return "\n".join(rows)


def snippets() -> str:
    """Compare with what the corpus says of snippets of a page."""
    ours = own_labels()
    right = {True: [0, 0], False: [0, 0]}
    for row in corpus_pages():
        if row["page"] not in ours:
            continue
        lines = parse_page(row["html"]).lines
        labels = ours[row["page"]].find(lines)
        folded = [folded_words(line) for line in lines]
        for wanted, key in ((True, "must_have"), (False, "must_not_have")):
            for snippet in row[key] or ():
                held = [
                    label
                    for line, label in zip(folded, labels, strict=True)
                    if label and folded_words(snippet) in line
                ]
                if held:
                    right[wanted][0] += ("content" in held) == wanted
                    right[wanted][1] += 1
    return "; ".join(
        f"{good / total:.3f} of {total} snippets that {what} are labelled so"
        for what, (good, total) in (
            ("belong to the article", right[True]),
            ("don't belong to it", right[False]),
        )
    )


def main() -> None:
    """Print all checks."""
    if not VIEWS.is_dir():
        sys.exit("run `python -m benchmarks.corpus` first")
    sys.stdout.write(f"{second_labels()}\n{as_a_system()}\n{snippets()}\n")


if __name__ == "__main__":
    main()
