"""Where weights come from, for their card: what they started from, which sets they learned from under which licence.

Names and licences are those that the labelled posts' own README states; nobody asked their makers. A set this table
does not know (a user's own) stands in the card with null for both.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from models import readings
from models.plan import AUTHORED
from models.rows import Row, read_rows

NONE = "none stated"
UNSAID = "not given in the data's README"
OURS = "Apache-2.0, this project's own"
THEIRS = "labels Apache-2.0, this project's own; posts as in their sets"
NLP_CORPUS = "SophonPlus/ChineseNlpCorpus"
ACOS = "NUSTM/ACOS"
OATS = "RiTUAL-UH/OATS-ABSA"
READ = "posts of these sets, read for everything at once"
READ_ZH = "posts of these sets and of recorded Weibo stories, read for everything at once"

SETS: Mapping[str, tuple[str, str]] = {
    "airline": (
        "MrColinHan/Twitter-US-Airline-Sentiment",
        "none stated (Kaggle page: CC BY-NC-SA 4.0, from memory): treat as non-commercial",
    ),
    "asap_sample": ("Meituan-Dianping/asap", UNSAID),
    "authored_en": ("invented posts", UNSAID),
    "authored_zh": ("invented posts", UNSAID),
    "banking77": ("PolyAI-LDN/task-specific-datasets", "CC BY 4.0"),
    "bdci2018_car": ("shawnco411/ccf_bigdata", "none stated (repository's code: GPL-3.0)"),
    "cfpb": ("SeunnnA/Predatory_Lending", "none stated (CFPB database: US-government public data)"),
    "chnsenticorp": ("pengming617/bert_classification", NONE),
    "complaints_tweets": ("danielpreotiuc/complaints-social-media", NONE),
    "cpsc": ("rebekah-eichberg/summer-2025-safeify", "none stated (SaferProducts.gov: US-government public data)"),
    "df529_bank": ("linkfqy/Comment-View-Extraction", "none stated (competition data: research use)"),
    "eprstmt": ("CLUEbenchmark/FewCLUE", UNSAID),
    "goemotions": ("monologg/GoEmotions-pytorch", "Apache-2.0 (Google's data: CC BY 4.0, from memory)"),
    "gplay_issue": ("William-HTP/Google-Play-App-Reviews-Datasets", NONE),
    "grubhub_llm": ("SwarneshJ/AI-Customer-Review-Classification", NONE),
    "htl_all": (NLP_CORPUS, NONE),
    "laptop_acos": (ACOS, NONE),
    "mams_acsa": ("siat-nlp/MAMS-for-ABSA", "Apache-2.0 (the reviews beneath: none stated)"),
    "oats_amazon_ff": (OATS, NONE),
    "oats_coursera": (OATS, NONE),
    "oats_hotels": (OATS, NONE),
    "online_shopping_10": (NLP_CORPUS, UNSAID),
    "read_en": (READ, UNSAID),
    "read_zh": (READ_ZH, UNSAID),
    "rest16_acos": (ACOS, "none stated (SemEval: research use)"),
    "sage_privacy": ("AakashSorathiya/Sage", UNSAID),
    "semeval2013_16": ("cbaziotis/datastories-semeval2017-task4", "code MIT; tweets: none, Twitter's terms apply"),
    "smp2020_usual": ("BrownSweater/BERT_SMP2020-EWECT", UNSAID),
    "smp2020_virus": (
        "BrownSweater/BERT_SMP2020-EWECT",
        "none stated (evaluation licence: research only, from memory)",
    ),
    "sst5": ("prrao87/fine-grained-sentiment", "repository MIT; SST: none stated"),
    "tweeteval_sentiment": ("cardiffnlp/tweeteval", "no restrictions of its own; Twitter's may apply"),
    "waimai_10k": (NLP_CORPUS, NONE),
    "zh_silver_topics": (NLP_CORPUS, UNSAID),
    "zhijiang_cosmetics": ("xmxoxo/Text-Opinion-Mining", UNSAID),
}
"""Repository and licence by source; models/weights/README.md shows the same to people."""

STARTS = {
    "864acef92e99fce2d5383518d2f93b3593a9d88a1976fdaa1336649fa90cb692": (
        "intfloat/multilingual-e5-small, vocabulary cut to English and Chinese",
        "MIT",
    ),
}
"""Name and licence by the SHA-256 of a starting checkpoint's model.safetensors."""

LIMITS = (
    "English and Chinese alone; other languages stay unscored",
    "not for judging persons, medical or legal text, or acting on a single post without reading it",
    "several sets state no licence or research use only: for certain commercial use train anew on data of your own",
    "posts read in full were read by language models: agreement with them is not agreement with people",
)


def start(base: Path) -> dict[str, str | None]:
    """Hash of the checkpoint's weights in `base`; name and licence where it is known."""
    weights = base / "model.safetensors"
    digest = hashlib.sha256(weights.read_bytes()).hexdigest() if weights.exists() else None
    name, licence = STARTS.get(digest or "", (None, None))
    return {"name": name, "licence": licence, "sha256": digest}


def sources(data: Path, calibrated: Iterable[Row]) -> list[dict[str, Any]]:
    """Name, licence, training posts and dev posts (those of `calibrated`) by source, ours after the public ones."""
    said = readings.load()
    public: Counter[str] = Counter()
    again = 0
    for path in sorted(data.glob("train-*.jsonl.gz")):
        rows = list(read_rows(path))
        public.update(row.source for row in rows)
        again += sum(1 for _ in readings.read_again(rows, said))
    own = Counter(row.source for path in sorted(AUTHORED.glob("*.jsonl")) for row in read_rows(path))
    dev = Counter(row.source for row in calibrated)
    ours = dict.fromkeys(own, ("models/authored", OURS)) | {readings.SOURCE: ("models/authored/readings", THEIRS)}
    known = {**SETS, **ours}
    train = public + own + Counter({readings.SOURCE: again})
    return [
        {"source": source, "name": name, "licence": licence, "rows": train[source], "dev_rows": dev[source]}
        for source in [*sorted((public | dev).keys() - {readings.SOURCE}), *sorted(own), readings.SOURCE]
        if train[source] + dev[source]
        for name, licence in [known.get(source, (None, None))]
    ]
