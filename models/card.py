"""What a reader's folder says of itself: the card, and the revision that names what made a prediction."""

import hashlib
import json
from pathlib import Path


def revision(folder: Path) -> str:
    """First eight hex digits of the hash over graph, weights, tokenizer, calibration and correction."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in {".xml", ".bin", ".json", ".npz"} and path.name != "card.json":
            digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def write_card(folder: Path, facts: dict[str, object]) -> None:
    """Store what a reader of the weights must know, for machines; models/weights/README.md is for people."""
    text = json.dumps(facts | {"revision": revision(folder)}, indent=1, ensure_ascii=False)
    (folder / "card.json").write_text(text + "\n", encoding="utf-8")
