"""docs/alerts.md says what the code does."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from alerts import outages
from alerts.policy import Policy
from alerts.reader import Reader
from alerts.reasons import CODES
from alerts.receivers.console import Console
from alerts.receivers.mail import Email
from alerts.receivers.webhook import Webhook
from alerts.render import payload, payload_bytes
from alerts.signing import SIGNATURE, TIMESTAMP, sign
from groundswell import plugins

PAGE = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")


def test_every_code_setting_and_field_is_explained(make_notification):
    named = set(re.findall(r"`(\w+)`", PAGE))
    assert set(CODES) <= named
    assert {field.name for field in fields(Policy)} - {"silences"} <= named
    assert set(payload(make_notification(), Reader())) <= named


def test_every_code_and_field_of_a_data_alarm_is_explained(make_alarm):
    named = set(re.findall(r"`(\w+)`", PAGE))
    assert set(outages.CODES) <= named
    assert set(outages.payload(make_alarm(), "k", Reader())) <= named
    assert {"outage", "outage_over"} <= named


@pytest.mark.parametrize("receiver", [Console, Email, Webhook])
def test_every_option_of_a_receiver_is_explained(receiver):
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{receiver.__name__.lower()}`"))
    assert set(plugins.options(receiver)) <= set(re.findall(r"`(\w+)`", row))


def test_the_verification_example_works(make_notification, t0):
    names: dict = {}
    exec(re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1], names)
    body, stamp, secret = payload_bytes(make_notification(), Reader()), int(t0.timestamp()), "s" * 32
    headers = {TIMESTAMP: str(stamp), SIGNATURE: sign(secret, stamp, body)}
    assert names["is_ours"](secret, headers, body, stamp + 299)
    assert not names["is_ours"](secret, headers, body, stamp + 301)
    assert not names["is_ours"](secret, headers, body + b" ", stamp)
    assert not names["is_ours"]("t" * 32, headers, body, stamp)
