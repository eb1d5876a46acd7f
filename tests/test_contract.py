"""What `clean` promises for every text, whatever the model thinks of it."""

from __future__ import annotations

import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from texts import BREAKS, JUNK, PROSE, texts, thresholds

import cleantext
from cleantext import BOILERPLATE, KINDS, Cleaner

ARTICLE = "\n".join([PROSE[0], JUNK[0], PROSE[1], "", JUNK[2], "", PROSE[2], JUNK[3]]) + "\n"

TITLED = "Bridge shut until May as divers find cracks\n" + "\n".join(PROSE[:3]) + "\n"

# No model gives a line more than 0.9999: at 1 nothing goes but by a pattern, at 0 everything.
NOTHING, EVERYTHING = 1.0, 0.0


def with_settings(cleaner: Cleaner, **settings: Any) -> Cleaner:
    return Cleaner(cleaner.model, **settings)


def is_subsequence(part: list[str], whole: list[str]) -> bool:
    rest = iter(whole)
    return all(item in rest for item in part)


def gone(cleaner: Cleaner, text: str) -> set[int]:
    """Numbers of the removed lines that are not blank."""
    return {line.number for line in cleaner.explain(text).removed}


# Subtractive


@given(text=texts, threshold=thresholds)
def test_output_is_lines_of_the_input_in_order(
    cleaner: Cleaner, text: str, threshold: float
) -> None:
    cleaned = with_settings(cleaner, threshold=threshold).clean(text)
    assert is_subsequence(cleaned.splitlines(keepends=True), text.splitlines(keepends=True))


@given(text=texts)
def test_text_is_untouched_where_no_line_reaches_the_threshold(cleaner: Cleaner, text: str) -> None:
    assert with_settings(cleaner, threshold=NOTHING).clean(text) == text


@pytest.mark.parametrize("end", BREAKS)
def test_line_breaks_stay_as_they_are(cleaner: Cleaner, end: str) -> None:
    dropping = with_settings(cleaner, threshold=NOTHING, drop="junk")
    assert dropping.clean(f"one{end}junk{end}two{end}{end}three") == f"one{end}two{end}{end}three"


@pytest.mark.parametrize("line", PROSE)
def test_prose_of_one_paragraph_is_untouched(cleaner: Cleaner, line: str) -> None:
    assert cleaner.clean(line) == line


@pytest.mark.parametrize("text", ["", "\n", " \n\n\t", "\u200b", "\x00", "\ufeff\r\n"])
def test_text_without_a_line_to_read_is_untouched(cleaner: Cleaner, text: str) -> None:
    for threshold in (None, EVERYTHING):
        chosen = with_settings(cleaner, threshold=threshold)
        assert chosen.clean(text) == chosen.explain(text).text == text


ONE_LINE = " ".join([*PROSE[:3], "Our app is free!  ", *PROSE[2:4]])


def test_a_text_of_one_line_is_judged_by_sentence(cleaner: Cleaner) -> None:
    dropping = with_settings(cleaner, threshold=NOTHING, drop="our app")
    assert dropping.clean(ONE_LINE) == ONE_LINE.replace("Our app is free!   ", "")
    assert dropping.clean("\n" + ONE_LINE + "\n") == ("\n" + ONE_LINE + "\n").replace(
        "Our app is free!   ", ""
    )
    removed = dropping.explain(ONE_LINE).removed
    assert [(line.number, line.text) for line in removed] == [(1, "Our app is free!   ")]


def test_lines_are_not_taken_apart_where_there_are_several(cleaner: Cleaner) -> None:
    dropping = with_settings(cleaner, threshold=NOTHING, drop="our app")
    assert dropping.clean(f"{PROSE[0]}\n{ONE_LINE}\n") == f"{PROSE[0]}\n"


@given(sentences=st.lists(st.sampled_from([*PROSE, *JUNK]), max_size=12), threshold=thresholds)
def test_what_stays_of_one_line_is_in_order(
    cleaner: Cleaner, sentences: list[str], threshold: float
) -> None:
    text = " ".join(sentences)
    found = with_settings(cleaner, threshold=threshold).explain(text)
    assert "".join(line.text for line in found.lines) == text
    assert "".join(line.text for line in found.lines if line.kept) == found.text


def test_the_shipped_model_removes_plain_junk(cleaner: Cleaner) -> None:
    assert cleaner.clean(ARTICLE) == "\n".join([PROSE[0], PROSE[1], "", PROSE[2]]) + "\n"


# Explained


@given(text=texts, threshold=thresholds)
def test_explanation_gives_what_clean_gives(cleaner: Cleaner, text: str, threshold: float) -> None:
    chosen = with_settings(cleaner, threshold=threshold)
    found = chosen.explain(text)
    assert found.text == chosen.clean(text) == chosen(text)
    assert "".join(line.text for line in found.lines if line.kept) == found.text
    assert found.threshold == threshold


@given(text=texts)
def test_explanation_accounts_for_every_line(cleaner: Cleaner, text: str) -> None:
    found = cleaner.explain(text).lines
    assert "".join(line.text for line in found) == text
    by_number = {line.number: "" for line in found}
    for line in found:
        by_number[line.number] += line.text
    assert list(by_number.items()) == list(enumerate(text.splitlines(keepends=True), 1))
    assert all(text[line.start : line.end] == line.text for line in found)
    assert all(0 <= line.probability <= 1 for line in found)
    assert {line.kind for line in found} <= {*KINDS, "blank"}


@given(text=texts, threshold=thresholds)
def test_verdicts_follow_from_probabilities(cleaner: Cleaner, text: str, threshold: float) -> None:
    text = re.sub("[`~|]", "", text)  # no fences, no tables
    for line in with_settings(cleaner, threshold=threshold).explain(text).lines:
        if line.kind != "blank":
            assert line.kept == (line.probability < line.threshold)
            assert line.threshold >= threshold or line.threshold == pytest.approx(threshold)
            assert line.kept or line.kind in BOILERPLATE


def test_explanation_warns_when_most_of_a_text_goes(cleaner: Cleaner) -> None:
    text = f"{JUNK[0]}\n" * 3 + "A bridge.\n"
    dropping = with_settings(cleaner, threshold=NOTHING, drop="newsletter")
    assert "75" not in dropping.explain(text).text
    assert "% of the characters went" in dropping.explain(text).notes[0]
    assert dropping.explain("A bridge.\n").notes == ()


def test_explanation_prints_what_went(cleaner: Cleaner) -> None:
    dropping = with_settings(cleaner, threshold=NOTHING, drop="junk", remove="promo")
    printed = str(dropping.explain("one\n\njunk\ntwo\n"))
    assert re.search(r"^-\s+3\s+promo [01]\.\d\d\s+junk$", printed, re.MULTILINE)
    assert "removed 1 of 3 lines at threshold 1.00" in printed


# One dial, and a choice of kinds


@given(text=texts, low=thresholds, high=thresholds)
def test_lower_thresholds_remove_a_superset(
    cleaner: Cleaner, text: str, low: float, high: float
) -> None:
    low, high = sorted((low, high))
    less, more = (with_settings(cleaner, threshold=value) for value in (high, low))
    assert gone(less, text) <= gone(more, text)


@given(text=texts, kinds=st.sets(st.sampled_from(sorted(BOILERPLATE))), threshold=thresholds)
def test_fewer_kinds_remove_a_subset(
    cleaner: Cleaner, text: str, kinds: set[str], threshold: float
) -> None:
    threshold = max(threshold, 0.01)  # at 0 everything goes, whatever the kinds
    some = with_settings(cleaner, threshold=threshold, remove=kinds)
    every = with_settings(cleaner, threshold=threshold)
    assert gone(some, text) <= gone(every, text)
    assert {line.kind for line in some.explain(text).removed} <= kinds


def test_no_kinds_remove_nothing(cleaner: Cleaner) -> None:
    assert with_settings(cleaner, remove=()).clean(ARTICLE) == ARTICLE


def test_titles_go_on_request(cleaner: Cleaner) -> None:
    asked = with_settings(cleaner, remove="title")
    title = asked.explain(TITLED).lines[0].probability
    at_that = with_settings(cleaner, remove="title", threshold=title)
    assert at_that.explain(TITLED).lines[0].kind == "title"
    assert not at_that.explain(TITLED).lines[0].kept


# Keep, drop, guards


@given(text=texts, threshold=thresholds)
def test_keep_beats_drop_and_model(cleaner: Cleaner, text: str, threshold: float) -> None:
    anything = re.compile("")
    both = with_settings(cleaner, threshold=threshold, keep=anything, drop=anything)
    assert both.clean(text) == text


def test_keep_and_drop_settle_the_lines_that_match(cleaner: Cleaner) -> None:
    chosen = with_settings(
        cleaner, threshold=NOTHING, keep=re.compile(r"^Also: \d"), drop=["ALSO:", "(c)"]
    )
    text = "Rain.\nAlso: 3 dogs\nAlso: dogs\nSnow (C) me\nalso dogs\n"
    assert chosen.clean(text) == "Rain.\nAlso: 3 dogs\nalso dogs\n"


BLOCKS = {
    "fence": "```\nSign up for our newsletter\n\n\nShare this\n```\n",
    "fence with a language": "```python\nsubscribe(newsletter=True)\n```\n",
    "tilde fence": "~~~\nAdvertisement\n\n~~~\n",
    "indented fence": "  ```\n  Advertisement\n  ```\n",
    "fence with tildes in it": "```\n~~~\nAdvertisement\n```\n",
    "table": "| Share | Tweet |\n|---|---|\n| 3 | 4 |\n| Advertisement | 5 |\n",
    "aligned table": "| a | b |\n| :--- | ---: |\n| Advertisement | 5 |\n",
    "centred table": "a | b\n:---: | :---:\nAdvertisement | 5\n",
    "table with wide gaps": "a  |  b\n:---:  |  :---:\nAdvertisement  |  5\n",
    "table of single dashes": "|a|b|\n|-|-|\n| Advertisement | 5 |\n",
    "table that is centred by one dash": "a|b\n:-:|:-:\nAdvertisement|5\n",
    "fence in a quotation": "> ```\n> Advertisement\n>\n> ```\n",
    "table in a quotation": "> | a | b |\n> |---|---|\n> | Advertisement | 5 |\n",
    "table with CRLF": "| a | b |\r\n|---|---|\r\n| Share | 5 |\r\n",
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS.keys())
def test_code_and_tables_stay_whatever_the_settings(cleaner: Cleaner, block: str) -> None:
    greedy = with_settings(cleaner, threshold=EVERYTHING, drop=re.compile(""))
    assert greedy.clean(block) == block
    assert greedy.clean(f"Share this\n\n{block}\nAdvertisement\n") == block


def test_a_fence_that_never_closes_protects_nothing(cleaner: Cleaner) -> None:
    dropping = with_settings(cleaner, threshold=NOTHING, drop="junk")
    assert dropping.clean("one\n```\njunk\ntwo\n") == "one\n```\ntwo\n"


def test_a_table_after_a_fence_that_never_closes_stays(cleaner: Cleaner) -> None:
    dropping = with_settings(cleaner, threshold=NOTHING, drop="junk")
    text = "one\n```\ntwo\n| a | b |\n|---|---|\n| junk | 5 |\n"
    assert dropping.clean(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("| a | b |\n|---|---|\n| 1 | 2 |\n\njunk | 3\n", "| a | b |\n|---|---|\n| 1 | 2 |\n"),
        ("junk | a\n\n|---|---|\n| 1 | 2 |\n", "|---|---|\n| 1 | 2 |\n"),
        ("> ```\n> x = 1\njunk\n```\njunk = 2\n```\n", "> ```\n> x = 1\n```\njunk = 2\n```\n"),
        ("```x``` is code\njunk\n```\njunk\n```\n", "```x``` is code\n```\njunk\n```\n"),
    ],
    ids=["after a table", "before a table", "after code in a quotation", "code in a line"],
)
def test_what_stands_apart_from_tables_and_code_may_go(
    cleaner: Cleaner, text: str, cleaned: str
) -> None:
    assert with_settings(cleaner, threshold=NOTHING, drop="junk").clean(text) == cleaned


@pytest.mark.parametrize("limit", [0.0, 0.2, 0.4])
def test_max_removed_gives_the_text_back(cleaner: Cleaner, limit: float) -> None:
    text = "junk junk junk\nwords words\nwords wo\n"  # 15 of 36 characters are junk
    guarded = with_settings(cleaner, threshold=NOTHING, drop="junk", max_removed=limit)
    found = guarded.explain(text)
    assert found.text == text
    assert "nothing was removed" in found.notes[0]


def test_max_removed_lets_less_go(cleaner: Cleaner) -> None:
    guarded = with_settings(cleaner, threshold=NOTHING, drop="junk", max_removed=0.5)
    assert guarded.clean("junk junk junk\nwords words\nwords wo\n") == "words words\nwords wo\n"
    both = guarded.clean_many(["junk\nsix letters\n", "junk junk\nsix\n"])
    assert list(both) == ["six letters\n", "junk junk\nsix\n"]


# Blank lines

BLANKS = {
    "one on both sides": ("a\n\nJUNK\n\nb\n", "a\n\nb\n"),
    "one before": ("a\n\nJUNK\nb\n", "a\n\nb\n"),
    "one after": ("a\nJUNK\n\nb\n", "a\n\nb\n"),
    "none": ("a\nJUNK\nb\n", "a\nb\n"),
    "the longer group stays, before": ("a\n\n\nJUNK\n\nb\n", "a\n\n\nb\n"),
    "the longer group stays, after": ("a\n \nJUNK\n\t\n\t\nb\n", "a\n\t\n\t\nb\n"),
    "of equal groups the one before": ("a\n \nJUNK\n\t\nb\n", "a\n \nb\n"),
    "between two removed lines": ("a\nJUNK\n\n\nJUNK\nb\n", "a\nb\n"),
    "around and between": ("a\n\nJUNK\n\n\nJUNK\n\nb\n", "a\n\nb\n"),
    "at the start": ("\n\nJUNK\n\na\n", "a\n"),
    "at the end": ("a\n\nJUNK\n\n", "a\n"),
    "nothing but junk": ("\nJUNK\n\nJUNK\n\n", ""),
    "far from junk they stay": ("\n\na\n\n\nb\nJUNK\nc\n\n", "\n\na\n\n\nb\nc\n\n"),
    "two runs": ("a\n\nJUNK\n\nb\n\nJUNK\n\nc", "a\n\nb\n\nc"),
    "no break at the end": ("a\nJUNK", "a\n"),
    "break of the last kept line": ("JUNK\na", "a"),
    "CRLF": ("a\r\n\r\nJUNK\r\n\r\nb\r\n", "a\r\n\r\nb\r\n"),
    "zero-width": ("a\n\u200b\nJUNK\nb\n", "a\n\u200b\nb\n"),
    "form feed": ("a\n\f\nJUNK\n\nb\n", "a\n\f\nb\n"),
    "no junk": ("\n a\n\n\nb \n", "\n a\n\n\nb \n"),
}


@pytest.mark.parametrize(("text", "expected"), BLANKS.values(), ids=BLANKS.keys())
def test_blank_lines_next_to_junk(cleaner: Cleaner, text: str, expected: str) -> None:
    dropping = with_settings(cleaner, threshold=NOTHING, drop="JUNK")
    assert dropping.clean(text) == dropping.explain(text).text == expected


def test_blank_lines_next_to_junk_in_a_batch(cleaner: Cleaner) -> None:
    dropping = with_settings(cleaner, threshold=NOTHING, drop="JUNK")
    texts, expected = zip(*BLANKS.values(), strict=True)
    assert tuple(dropping.clean_many(texts)) == expected


# Pure


@given(batch=st.lists(texts, max_size=5), threshold=thresholds)
def test_clean_many_is_clean_of_each(cleaner: Cleaner, batch: list[str], threshold: float) -> None:
    chosen = with_settings(cleaner, threshold=threshold)
    assert list(chosen.clean_many(batch)) == [chosen.clean(text) for text in batch]


def test_clean_many_over_several_batches(cleaner: Cleaner) -> None:
    texts = [ARTICLE, "", ARTICLE * 900, "\n", PROSE[0], ARTICLE * 3]  # the third fills a batch
    assert list(cleaner.clean_many(iter(texts))) == [cleaner.clean(text) for text in texts]


def test_clean_many_is_lazy(cleaner: Cleaner) -> None:
    read = []

    def source() -> Any:
        for number in range(10_000):
            read.append(number)
            yield ARTICLE

    assert next(iter(cleaner.clean_many(source()))) == cleaner.clean(ARTICLE)
    assert len(read) < 5000


def test_clean_many_gives_what_came_before_a_bad_item(cleaner: Cleaner) -> None:
    results = cleaner.clean_many([PROSE[0], PROSE[1], None])  # type: ignore[list-item]
    assert [next(results), next(results)] == list(PROSE[:2])
    with pytest.raises(TypeError, match="item 2 of texts must be a str, not NoneType"):
        next(results)


@given(text=texts, others=st.lists(texts, max_size=3))
def test_what_ran_before_does_not_matter(cleaner: Cleaner, text: str, others: list[str]) -> None:
    before = cleaner.explain(text)
    for other in others:
        cleaner.clean(other)
    assert cleaner.explain(text) == before


def test_threads_share_a_cleaner(cleaner: Cleaner) -> None:
    fresh = pickle.loads(pickle.dumps(cleaner))  # nothing computed yet
    texts = [ARTICLE, *JUNK, *PROSE, ARTICLE * 5] * 4
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(fresh.explain, texts)) == [cleaner.explain(text) for text in texts]


def test_cleaners_pickle_with_their_settings(cleaner: Cleaner) -> None:
    chosen = with_settings(
        cleaner, threshold=0.3, remove=["promo"], keep=re.compile("Ned"), drop="best", max_removed=1
    )
    copy = pickle.loads(pickle.dumps(chosen))
    assert repr(copy) == repr(chosen)
    assert copy.explain(ARTICLE) == chosen.explain(ARTICLE)
    assert copy.clean(ARTICLE) != cleaner.clean(ARTICLE)


def test_functions_are_the_default_cleaner(cleaner: Cleaner) -> None:
    assert cleantext.clean(ARTICLE) == cleaner.clean(ARTICLE)
    assert cleantext.explain(ARTICLE) == cleaner.explain(ARTICLE)
    assert list(cleantext.clean_many([ARTICLE, ""])) == [cleaner.clean(ARTICLE), ""]
    chosen = with_settings(cleaner, threshold=0.9, drop="bridge")
    assert cleantext.clean(ARTICLE, threshold=0.9, drop="bridge") == chosen.clean(ARTICLE)
    assert cleantext.clean(ARTICLE) == cleaner.clean(ARTICLE)


# Wrong arguments


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"caf\xc3\xa9", r"not bytes: decode it first"),
        (None, r'not NoneType: pass ""'),
        (["a", "b"], r"not list: join the lines"),
        (3, r"text must be a str, not int"),
    ],
)
def test_other_types_than_text_are_refused(cleaner: Cleaner, text: Any, message: str) -> None:
    for call in (cleaner, cleaner.clean, cleaner.explain):
        with pytest.raises(TypeError, match=message):
            call(text)


def test_clean_many_refuses_a_single_text(cleaner: Cleaner) -> None:
    with pytest.raises(TypeError, match="for one text use clean"):
        cleaner.clean_many("one text")


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"threshold": 90}, ValueError, "threshold must lie between 0 and 1, not 90"),
        ({"threshold": float("nan")}, ValueError, "threshold must lie between 0 and 1"),
        ({"threshold": "0.5"}, TypeError, "threshold must be a number between 0 and 1, not str"),
        ({"max_removed": -0.1}, ValueError, "max_removed must lie between 0 and 1"),
        ({"remove": ["spam"]}, ValueError, "unknown kind 'spam'; the kinds are: content, title,"),
        ({"keep": 3}, TypeError, None),
        ({"drop": [b"x"]}, TypeError, "drop takes strings and compiled patterns of str, not bytes"),
        ({"keep": re.compile(b"x")}, TypeError, "keep takes strings and compiled patterns of str"),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    cleaner: Cleaner, settings: dict[str, Any], error: type[Exception], message: str | None
) -> None:
    with pytest.raises(error, match=message):
        with_settings(cleaner, **settings)


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(cleantext.ModelError, match=r"nowhere is no model folder: model\.json"):
        Cleaner.load(tmp_path / "nowhere")


# Markdown

PLUG = "Sign up for our newsletter to get the day's news in your inbox."
MARKED = {
    "link": f'[{PLUG}](https://post.example/news?a=(b) "Sign up")',
    "link in a list": f"- [{PLUG}](/news)",
    "several links": PLUG.replace("newsletter", "[newsletter](/news)").replace(
        "inbox", "[inbox](#)"
    ),
    "picture in a link": f"[![icon](i.png)](/news) {PLUG}",
    "bold": f"**{PLUG}**",
    "bold and slanted": f"***{PLUG}***",
    "heading": f"### {PLUG}",
    "all at once": f"## **[{PLUG}](/news)**",
}


@pytest.mark.parametrize("plug", MARKED.values(), ids=MARKED.keys())
def test_markdown_hides_no_plug(cleaner: Cleaner, plug: str) -> None:
    before = f"**{PROSE[0]}**\n\n[The council]({'x' * 30}) met again. {PROSE[1]}\n\n"
    assert cleaner.clean(f"{before}{plug}\n\n## The ferry\n\n{PROSE[2]}\n") == (
        f"{before}## The ferry\n\n{PROSE[2]}\n"
    )


@pytest.mark.parametrize(
    "line",
    ["***", "____", "## ", "**", "![](x.jpg)", "[](/top)", "[![](i)](/)", "# \u200b", "**\u200b**"],
)
def test_lines_of_marks_alone_are_no_blank_lines(cleaner: Cleaner, line: str) -> None:
    dropping = with_settings(cleaner, threshold=NOTHING, drop="junk")
    assert dropping.clean(f"one\n{line}\njunk\ntwo\n") == f"one\n{line}\ntwo\n"


@pytest.mark.parametrize("end", ["\r", "\x0c", "\u2028"])
def test_lines_inside_a_mark_are_lines(cleaner: Cleaner, end: str) -> None:
    dropping = with_settings(cleaner, threshold=NOTHING, drop="junk")
    text = f'x [word](u "junk{end}This is body text{end}tail") y\njunk\nlast\n'
    assert dropping.clean(text) == f'This is body text{end}tail") y\nlast\n'
    assert dropping.clean(f"[{end}word](u)\njunk\n") == f"[{end}word](u)\n"


def test_a_link_goes_with_its_sentence(cleaner: Cleaner) -> None:
    dropping = with_settings(cleaner, threshold=NOTHING, drop="junk")
    text = 'One came. See [junk](u "The Post. Second thing here.") now. Two left. The end came.'
    assert dropping.clean(text) == "One came. Two left. The end came."
