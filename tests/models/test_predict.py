"""The shipped reader's answers: the same whatever stands beside a text, and bounded for a text of any length."""

import random
from collections.abc import Sequence

import pytest

from groundswell.types import Prediction
from models import predict, weights
from models.calibrate import read_calibration
from models.predict import Classifier
from models.tokenise import Batch, Window, batches

TOLERANCE = 0.02  # docs/model.md promises it
SHORT = [
    "late again", "The lid cracked on day two and nobody answers.", "Lovely kettle, quick and quiet.", "ok", "#fail",
    "It is grey.", "Is there a smaller one?", "LOL great, another delay 🙃", "😡😡 worst support ever", "❤️❤️ so good 🎉",
    "no refund, no reply, never again!!!", "https://example.org/a lid broke", "@acme your app crashes on login",
    "这个水壶太差了", "客服三天没人理，退款也不给", "物流很快，包装完好，满意", "一般", "😡 垃圾客服", "请问保修多久？",
    "味道还行吧",
    "這個水壺太差了，客服完全不理人", "物流很慢，等了兩個星期", "很滿意，推薦給大家 👍", "屏幕碎了！！！",
    "OMG这个app真的crash了", "这个 delivery 太慢了 so bad", "客服 super nice 👍", "服務很差 очень плохо",
]  # fmt: skip
LONG = [" ".join(SHORT[i : i + 9] * n) for i, n in ((0, 1), (3, 3), (6, 9), (1, 20))]
LONG += ["".join(SHORT[i : i + 7] * n) for i, n in ((13, 1), (14, 3), (16, 9), (13, 30))]
LONG += [" ".join(SHORT[i::4]) for i in range(4)]
TEXTS = SHORT + LONG


@pytest.fixture(scope="module")
def reader() -> Classifier:
    return Classifier(threads=1)


def probabilities(said: Prediction) -> dict[str, float]:
    tasks = (said.sentiment, said.topics, said.service, said.signals)
    return {str(label): p for task in tasks for label, p in task.items()}


def require_same(alone: Sequence[Prediction], beside: Sequence[Prediction]) -> None:
    cuts = read_calibration(weights.HERE / weights.CALIBRATION).labels
    for one, other in zip(alone, beside, strict=True):
        assert one.scored
        assert other.scored
        assert probabilities(other) == pytest.approx(probabilities(one), abs=TOLERANCE)
        first, second, _ = sorted(one.sentiment.values(), reverse=True)
        assert one.label == other.label or first - second <= 2 * TOLERANCE
        for task, on in (("topics", "topics_on"), ("signals", "signals_on")):
            changed = {*getattr(one, on)} ^ {*getattr(other, on)}
            assert all(abs(getattr(one, task)[x] - cuts[task][x].threshold) <= TOLERANCE for x in changed)


def test_a_text_is_read_the_same_alone_shuffled_and_in_one_call(reader: Classifier) -> None:
    alone = [reader.predict([text])[0] for text in TEXTS]
    require_same(alone, reader.predict(TEXTS))
    order = random.Random(7).sample(range(len(TEXTS)), len(TEXTS))
    shuffled = dict(zip(order, reader.predict([TEXTS[i] for i in order]), strict=True))
    require_same(alone, [shuffled[i] for i in range(len(TEXTS))])


@pytest.mark.parametrize("part", ["late again, ", "退款也不给，", "x", "㍿退款"])
def test_a_text_of_a_megabyte_costs_at_most_eight_windows(
    reader: Classifier, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    read: list[Batch] = []

    def watched(windows: Sequence[Window], budget: int) -> list[Batch]:
        read.extend(found := list(batches(windows, budget)))
        return found

    monkeypatch.setattr(predict, "batches", watched)
    reader.predict([part * (1_000_000 // len(part))], ["en"])
    assert 1 <= sum(len(b.windows) for b in read) <= 8
    assert all(b.ids.shape[1] <= 128 for b in read)
