"""Alerts on a terminal."""

import asyncio
import io

import pytest

from alerts.reader import Reader
from alerts.receivers.console import Console
from groundswell.errors import DeliveryError


def test_it_prints_to_the_stream_it_is_given(make_notification, t0):
    stream = io.StringIO()
    asyncio.run(Console(Reader(), lambda: t0, stream).send(make_notification()))
    assert "Halvero: kettle lid comes off" in stream.getvalue()
    assert stream.getvalue().endswith("\n")


def test_it_prints_to_standard_output_otherwise(make_notification, capsys, t0):
    asyncio.run(Console(Reader("zh"), lambda: t0).send(make_notification()))
    assert "首帖时间" in capsys.readouterr().out


def test_a_terminal_without_chinese_still_gets_the_alert(make_notification, t0):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    asyncio.run(Console(Reader("zh"), lambda: t0, stream).send(make_notification()))
    assert b"Halvero" in raw.getvalue()


def test_a_closed_pipe_is_tried_again(make_notification, t0):
    stream = io.StringIO()
    stream.close()
    with pytest.raises(DeliveryError) as caught:
        asyncio.run(Console(Reader(), lambda: t0, stream).send(make_notification()))
    assert caught.value.retry
