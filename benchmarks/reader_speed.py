"""Speed of the reader beside the usual pipeline: `python -m benchmarks.reader_speed --data DIR [--peer FOLDER]`.

The posts are the first of every dev split in DIR, the same number from each, the same for both. The peer is a Hugging
Face sequence classifier fed one post at a time, as its pipeline does by default; without --peer it is a base-size
multilingual encoder (12 layers x 768) of random weights, which costs what a trained one does. Printed per candidate:
posts per CPU second of the process (all threads summed), posts per second of wall time, cold start to the first
prediction and peak resident memory (VmHWM), each in a process of its own. Then a fresh `python -c` that reads one post
and nothing else: seconds of wall time and of CPU until its answer is there, and its VmHWM (`--first`: only this). Peak:
a large int8 product on the same cores is what "share of peak" is measured against. Run it on a quiet machine: the
shares hold on a busy one, the seconds do not.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from groundswell.clock import stopwatch
from models.rows import read_rows

EACH = 60  # posts per dev split
CANDIDATES = ("reader", "peer")
FIRST = """
from models.predict import Classifier
said = Classifier().predict(["The kettle leaks and nobody answers."])
assert said[0].scored
import time
from benchmarks.reader_speed import peak_memory_mb
print(time.process_time(), peak_memory_mb())
"""
LAYERS, WIDTH, INNER = 12, 384, 1536  # of the shipped encoder, for its operations a token


def posts(data: Path, count: int) -> list[str]:
    """`count` texts, evenly from the first EACH of every dev split."""
    found = [row.text for path in sorted(data.glob("dev-*.jsonl.gz")) for row in islice(read_rows(path), EACH)]
    return found[:: max(1, len(found) // count)][:count]


def load(candidate: str, peer: Path | None) -> Callable[[Sequence[str]], object]:
    """What reads texts; building it is the cold start."""
    if candidate == "reader":
        from models.predict import Classifier

        return Classifier().predict
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification, pipeline

    if peer:
        return pipeline("text-classification", model=str(peer), truncation=True)
    from models.tokenise import Tokens
    from models.weights import HERE, TOKENIZER

    config = XLMRobertaConfig(
        vocab_size=250_002, hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072,
        max_position_embeddings=514, num_labels=3,
    )  # fmt: skip
    network = XLMRobertaForSequenceClassification(config).eval()
    tokens = Tokens(HERE / TOKENIZER, window=512, most=1)  # the pipeline truncates: one window a post

    def one_by_one(texts: Sequence[str]) -> None:
        with torch.inference_mode():
            for window in tokens.windows(texts):
                network(input_ids=torch.tensor([window.ids]))

    return one_by_one


def peak_memory_mb() -> float:
    """Most memory this process has held (VmHWM), MiB. Linux only."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def first_prediction() -> str:
    """What a fresh interpreter needs for its first prediction; the import of this module counts, a hundredth of it."""
    began = stopwatch()
    said = subprocess.run(
        [sys.executable, "-c", FIRST], capture_output=True, text=True, check=True, env=os.environ
    ).stdout
    wall, (cpu, memory) = stopwatch() - began, map(float, said.split())
    return f"first prediction of a fresh process: {wall:.2f} s wall, {cpu:.2f} s CPU, {memory:.0f} MB"


def measure(candidate: str, data: Path, peer: Path | None, count: int) -> dict[str, Any]:
    """Figures of one candidate, in this process."""
    texts = posts(data, count)
    began = stopwatch()
    read = load(candidate, peer)
    read(texts[:1])
    cold = stopwatch() - began
    before, wall = time.process_time(), stopwatch()
    read(texts)
    cpu, wall = time.process_time() - before, stopwatch() - wall
    return {
        "candidate": candidate, "posts": len(texts), "posts_per_cpu_s": len(texts) / cpu,
        "posts_per_s": len(texts) / wall, "cold_start_s": cold,
        "memory_mb": peak_memory_mb(),
    }  # fmt: skip


def peak() -> float:
    """int8 products of this machine through the reader's own runtime, in GFLOP per CPU second."""
    import numpy as np
    import openvino
    import openvino.opset13 as ov

    size, rounds = 2048, 8
    left = ov.parameter([size, size], np.float32)
    low, high = np.float32(-1), np.float32(1)
    chance = np.random.default_rng(0)
    right = ov.constant(chance.integers(-127, 127, (size, size)).astype(np.int8))
    quantised = ov.fake_quantize(left, low, high, low, high, 255)
    product = ov.matmul(quantised, ov.multiply(ov.convert(right, "f32"), np.float32(1 / 127)), False, True)
    graph = openvino.compile_model(openvino.Model([product], [left]), "CPU", {"PERFORMANCE_HINT": "THROUGHPUT"})
    feed = chance.uniform(-1, 1, (size, size)).astype(np.float32)
    graph([feed])
    before = time.process_time()
    for _ in range(rounds):
        graph([feed])
    return rounds * 2 * size**3 / (time.process_time() - before) / 1e9


def work(data: Path, count: int) -> float:
    """GFLOP a post costs the reader's matrix products, padding not counted."""
    from models.tokenise import Tokens
    from models.weights import HERE, TOKENIZER

    texts = posts(data, count)
    lengths = [len(w.ids) for w in Tokens(HERE / TOKENIZER).windows(texts)]
    dense = 2 * LAYERS * (4 * WIDTH * WIDTH + 2 * WIDTH * INNER)
    return sum(n * dense + 4 * LAYERS * WIDTH * n * n for n in lengths) / len(texts) / 1e9


def main() -> None:
    """Measure every candidate in a process of its own and print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of labelled posts")
    parser.add_argument("--first", action="store_true", help="measure the first prediction of a fresh process, no more")
    parser.add_argument("--peer", type=Path, help="a local Hugging Face classifier instead of random base-size weights")
    parser.add_argument("--posts", type=int, default=600)
    parser.add_argument("--only", choices=CANDIDATES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.first:
        print(first_prediction())
        return
    if given.data is None:
        parser.error("--data is needed for all but --first")
    if given.only:
        print(json.dumps(measure(given.only, given.data, given.peer, given.posts)))
        return
    found = {}
    for candidate in CANDIDATES:
        count = given.posts if candidate == "reader" else max(20, given.posts // 10)  # the peer is slow
        command = [sys.executable, "-m", __spec__.name, "--data", str(given.data), "--only", candidate]
        command += ["--posts", str(count), *(["--peer", str(given.peer)] if given.peer else [])]
        said = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ).stdout
        found[candidate] = json.loads(said.splitlines()[-1])
        print(" ".join(f"{k}={v:.1f}" if isinstance(v, float) else f"{k}={v}" for k, v in found[candidate].items()))
    print(first_prediction())
    reader, peer = found["reader"]["posts_per_cpu_s"], found["peer"]["posts_per_cpu_s"]
    best, each = peak(), work(given.data, given.posts)
    print(f"times the usual pipeline, per CPU second: {reader / peer:.1f}")
    print(f"share of int8 peak: {100 * reader * each / best:.0f} % ({each:.2f} GFLOP a post, peak {best:.0f} GFLOP/s)")


if __name__ == "__main__":
    main()
