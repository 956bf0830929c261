"""The linear head on service failures: fitted to its optimum, averaged with the network's, damaged files named."""

from pathlib import Path

import numpy as np
import pytest

from groundswell.errors import ModelError
from groundswell.types import Topic
from models import service
from models.fit_service import fit_service
from models.predict import Classifier
from models.rows import SERVICES, TOPICS, Row

WIDTH = 4


def read_in_full(on: tuple[float, ...]) -> Row:
    return Row(text="", lang="en", source="ours", topics_mask=(1.0,) * len(TOPICS), service=on, read=True)


def test_it_learns_which_feature_tells_a_failure_and_none_from_no_example() -> None:
    chance = np.random.default_rng(0)
    features = chance.normal(3.0, 0.1, (400, 2 * WIDTH)).astype(np.float32)
    waiting = features[:, 2] > 3.0
    rows = [read_in_full((float(on), 0.0, 0.0, 0.0, 0.0)) for on in waiting]
    logits = features @ (head := fit_service(features, rows)).weights + head.bias
    assert np.mean((logits[:, 0] > 0) == waiting) > 0.8
    assert (logits[:, 1:] < -4).all()


def test_states_are_pooled_over_the_tokens_that_are_there() -> None:
    states = np.array([[[1.0, -5.0], [3.0, -7.0], [99.0, 99.0]]], dtype=np.float32)
    assert service.pooled(states, np.array([[1, 1, 0]])).tolist() == [[2.0, -6.0, 3.0, -5.0]]


def test_a_head_comes_back_as_it_was_written_and_anothers_is_refused(tmp_path: Path) -> None:
    head = service.Head(np.ones((2 * WIDTH, len(SERVICES)), np.float32), np.zeros(len(SERVICES), np.float32))
    assert service.read(tmp_path, WIDTH) is None
    service.write(tmp_path, head)
    found = service.read(tmp_path, WIDTH)
    assert found is not None
    assert (found.weights == head.weights).all()
    with pytest.raises(ModelError, match=r"service\.npz: weights \(8, 5\).*5 values"):
        service.read(tmp_path, WIDTH + 1)


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        ("Two hours on hold with your hotline and then the line went dead", "waiting"),
        ("在线客服排队等了一个多小时都没人理", "waiting"),
        ("The agent was so rude, she laughed at me and hung up", "attitude"),
    ],
)
def test_a_failure_of_service_is_a_complaint_of_customer_service(text: str, failure: str) -> None:
    (said,) = Classifier().predict([text])
    assert failure in said.service_on
    assert Topic.CUSTOMER_SERVICE in said.topics_on
