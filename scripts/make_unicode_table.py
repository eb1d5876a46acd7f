"""Write `src/cleantext/data/unicode.npz`: the class and the folded form of each code point.

The table ships with the package, so that the same text gives the same lines, tokens and
features whatever Unicode version the running Python knows. Run it again to move to a newer
Unicode (this changes features: retrain the model after it).
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import numpy as np

OTHER, SPACE, BREAK, LOWER, UPPER, LETTER, IDEOGRAPH, DIGIT, PUNCTUATION, SYMBOL = range(10)
SIZE = 0x20000
BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
# Scripts written without spaces between words: every character is a token of its own.
UNSPACED = (
    (0x0E00, 0x0EFF),
    (0x0F00, 0x0FFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x2E80, 0x2FDF),
    (0x3005, 0x3007),
    (0x3021, 0x303C),
    (0x3041, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),
)
SAME = {"'": "‘’‚‛ʼ＇", '"': "“”„‟«»＂", "-": "‐‑‒–—―−", "!": "！", "?": "？", ":": "：", "|": "｜"}


def char_class(code: int) -> int:
    char = chr(code)
    category = unicodedata.category(char)
    if char in BREAKS:
        return BREAK
    if char.isspace():
        return SPACE
    if category[0] in "LMN" and any(low <= code <= high for low, high in UNSPACED):
        return DIGIT if category == "Nd" else IDEOGRAPH
    if category == "Ll":
        return LOWER
    if category in ("Lu", "Lt"):
        return UPPER
    if category[0] in "LM":
        return LETTER
    if category == "Cs":  # half a surrogate pair: a byte that nobody could decode, so text
        return LETTER
    if category in ("Co", "Cn"):  # private or not yet assigned: something to see
        return SYMBOL
    return {"N": DIGIT, "P": PUNCTUATION, "S": SYMBOL}.get(category[0], OTHER)


def folded(code: int) -> int:
    char = chr(code)
    if unicodedata.category(char) == "Nd":
        return ord("0")
    lower = char.lower()
    return ord(lower) if len(lower) == 1 else code


def main() -> None:
    classes = np.array([char_class(code) for code in range(SIZE)], dtype=np.uint8)
    fold = np.array([folded(code) for code in range(SIZE)], dtype=np.uint32)
    for target, sources in SAME.items():
        for source in sources:
            fold[ord(source)] = ord(target)
    path = Path(__file__).parents[1] / "src/cleantext/data/unicode.npz"
    np.savez_compressed(path, classes=classes, fold=fold)
    sys.stdout.write(
        f"Unicode {unicodedata.unidata_version} -> {path} ({path.stat().st_size} bytes)\n"
    )


if __name__ == "__main__":
    main()
