"""The receivers' side of a signature."""

import hashlib
import hmac
from datetime import timedelta

import pytest

from alerts.signing import BadSignature, check_secret, sign, verify
from groundswell.errors import InputError

SECRET = "0123456789abcdef0123456789abcdef"
BODY = '{"title":"水壶"}'.encode()


def test_the_signature_is_what_the_contract_says(t0):
    stamp = int(t0.timestamp())
    wanted = hmac.new(SECRET.encode(), str(stamp).encode() + b"." + BODY, hashlib.sha256).hexdigest()
    assert sign(SECRET, stamp, BODY) == "sha256=" + wanted


@pytest.mark.parametrize("seconds", [0, 300, -300])
def test_ours_and_fresh(seconds, t0):
    stamp = int(t0.timestamp())
    verify(SECRET, str(stamp), sign(SECRET, stamp, BODY), BODY, at=t0 + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [301, -301, 10**6])
def test_a_recorded_message_is_refused_later(seconds, t0):
    stamp = int(t0.timestamp())
    with pytest.raises(BadSignature, match="s away"):
        verify(SECRET, str(stamp), sign(SECRET, stamp, BODY), BODY, at=t0 + timedelta(seconds=seconds))


def test_every_changed_byte_is_noticed(t0):
    stamp = int(t0.timestamp())
    good = sign(SECRET, stamp, BODY)
    changes = [
        (SECRET + "x", str(stamp), good, BODY),
        (SECRET, str(stamp + 1), good, BODY),
        (SECRET, str(stamp), good, BODY + b" "),
        (SECRET, str(stamp), good[:-1] + ("0" if good[-1] != "0" else "1"), BODY),
        (SECRET, str(stamp), good.removeprefix("sha256="), BODY),
        (SECRET, str(stamp), "", BODY),
        (SECRET, str(stamp), "sha256=水", BODY),
    ]
    for secret, timestamp, signature, body in changes:
        with pytest.raises(BadSignature) as caught:
            verify(secret, timestamp, signature, body, at=t0)
        assert SECRET not in str(caught.value)
        assert good not in str(caught.value)


@pytest.mark.parametrize("timestamp", ["", "-1", "1e9", "١٢٣", "9" * 13, "12 ", "nan"])
def test_nonsense_timestamps_are_refused(timestamp, t0):
    with pytest.raises(BadSignature, match="whole number"):
        verify(SECRET, timestamp, "sha256=0", BODY, at=t0)


def test_a_short_secret_is_refused_without_being_repeated():
    with pytest.raises(InputError) as caught:
        check_secret("hunter2")
    assert "hunter2" not in str(caught.value) + caught.value.hint
