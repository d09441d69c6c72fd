"""Write the piece lists of Claude's reconstructed vocabularies from the `ctok` package (MIT).

    python tools/build_pieces.py CTOK_FOLDER

CTOK_FOLDER is the unpacked package, the folder that holds `data/pieces_v3.json`.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

TARGET = Path(__file__).parent.parent / "src/aicontext/engine/estimate/data"
FAMILIES = {"claude-3": "pieces_v3.json", "claude-4.7": "pieces_v4_7.json"}
MARKS = {"bow": "\x01", "eow": "\x02", "shift": "\x03", "caps": "\x04"}
TEXT_GROUPS = ("word_pieces", "other_digits", "punctuation", "whitespace")


def compact(document: dict[str, dict[str, dict[str, object]]]) -> dict[str, object]:
    """Only what counting needs: the pieces without their witnesses, marks as one character each."""
    tokens = document["tokens"]
    pieces = {_plain(piece) for group in TEXT_GROUPS for piece in tokens[group]}
    pieces |= {f"{piece}{MARKS['eow']}" for piece in tokens["contractions"]}
    pieces |= {MARKS[mark.strip("⟨⟩")] for mark in tokens["markers"]}
    return {
        "source": "ctok, MIT, Copyright Sander Land",
        "fold_quotes": document["meta"]["fold_quotes"],
        "caps_from": document["meta"]["allcaps_min"] or 0,
        "bytes": sorted(tokens["bytes_fallback"]),
        "pieces": sorted(pieces),
    }


def _plain(piece: str) -> str:
    marked = re.sub("⟨(bow|eow|shift|caps)⟩", lambda m: MARKS[m[1]], piece)
    return re.sub(
        "(?:⟨0x[0-9A-F]{2}⟩)+",
        lambda m: bytes.fromhex(re.sub("[^0-9A-F]", "", m[0].replace("0x", ""))).decode(),
        marked,
    )


def main(folder: str) -> None:
    for family, name in FAMILIES.items():
        document = json.loads((Path(folder) / "data" / name).read_text(encoding="utf-8"))
        text = json.dumps(compact(document), ensure_ascii=False, separators=(",", ":"))
        (TARGET / f"{family}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
