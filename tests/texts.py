"""Texts for property tests: prose, junk, blank and odd lines with line breaks of every sort."""

from __future__ import annotations

from hypothesis import strategies as st

#: Everything that `str.splitlines` ends a line at.
BREAKS = (
    "\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029",
)  # fmt: skip

PROSE = (
    "The bridge over the Tamar will stay shut until May, the council said on Monday, after "
    "divers found cracks in two of its eleven piers.",
    "“Nobody was told,” said Ada Pell, who runs the ferry on the other bank. “We read it here.”",
    "Repairs will cost £4.1m. The county has asked the government for half of that.",
    "Les travaux dureront jusqu'au mois de mai, selon la mairie, qui a voté lundi un crédit.",
    "Die Brücke bleibt bis Mai gesperrt, teilte der Landkreis am Montag mit.",
    "桥梁将关闭至五月，市议会周一表示。",
    "הגשר יישאר סגור עד מאי, הודיעה המועצה ביום שני.",
)

JUNK = (
    "Sign up for our newsletter and get the best stories delivered to your inbox every morning.",
    "Share this on Facebook | Tweet | WhatsApp",
    "Listen to The Morning Hour with Ned Barlow, weekdays from six, wherever you get your podcasts",
    "READ MORE: Ten bridges you should cross before you die",
    "Photo: Jane Doe/Getty Images",
    "© 2024 Example Media Ltd. All rights reserved.",
    "Abonnieren Sie unseren Newsletter",
    "Advertisement",
)

BLANK = ("", "", " ", "\t", "\u200b", "\ufeff", "\x00", "\u3000 ")

ODD = (
    "\x00", "\x1b[31m", "\x7f", "\ud800", "\udcff", "\u200d", "\u202e", "\ufeff", "\u0301", "é",
    "🙂", "👩‍👩‍👧", "🇮🇹", "漢", "ไทย", "العربية", "\U00020000", "\U0010ffff", "\ue000", " ", "\t",
    "\u3000", "|", "-", "```", "~~~", "a", "7", "@x", "#x", "http://a.b/c", "$5", ".", ":", "“",
)  # fmt: skip

blank_lines = st.sampled_from(BLANK)
odd_lines = st.lists(
    st.one_of(st.sampled_from(ODD), st.text(alphabet=st.characters(), max_size=6)), max_size=6
).map("".join)
lines = st.one_of(st.sampled_from(PROSE), st.sampled_from(JUNK), blank_lines, odd_lines)


def joined(pieces: list[tuple[str, str]], end: str) -> str:
    """Lines with their breaks as one text; `end` follows the last."""
    return "".join(line + stop for line, stop in pieces) + end


#: Any text: several lines of any sort, each ended in any way.
texts = st.builds(
    joined,
    st.lists(st.tuples(lines, st.one_of(st.just("\n"), st.sampled_from(BREAKS))), max_size=12),
    st.sampled_from(("", "The end", " ")),
)

#: Thresholds, their ends among them.
thresholds = st.one_of(st.sampled_from((0.0, 0.5, 1.0)), st.floats(0, 1))
