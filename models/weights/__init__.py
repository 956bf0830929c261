"""The files of one shipped reader, by name."""

from pathlib import Path

HERE = Path(__file__).parent
GRAPH = "reader.xml"
TOKENIZER = "tokenizer.json"
CALIBRATION = "calibration.json"
CARD = "card.json"
