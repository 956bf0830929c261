import re
from pathlib import Path
from string import Formatter

import pytest

import dashboard
from dashboard.words import LANGS, WORDS, say
from groundswell.types import AlertState, Sentiment, Service, Severity, Topic, Trace, Verdict
from storage.mix_store import SERVICE

CODE = {path.name: path.read_text("utf-8") for path in Path(dashboard.__file__).parent.glob("*.py")}


def braces(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name}


@pytest.mark.parametrize("key", WORDS)
def test_every_word_is_there_in_both_languages_with_the_same_values_to_fill(key: str) -> None:
    english, chinese = WORDS[key]
    assert english.strip()
    assert chinese.strip()
    assert braces(english) == braces(chinese)


def test_chinese_is_chinese() -> None:
    same = {key for key, (english, chinese) in WORDS.items() if english == chinese}
    latin = {key for key, (_, chinese) in WORDS.items() if not re.search(r"[\u4e00-\u9fff]", chinese)}
    assert same | latin <= {"interval_n"}


@pytest.mark.parametrize("noun", [Topic, Sentiment, Severity, Verdict, AlertState])
def test_every_label_that_can_reach_the_screen_has_words(noun: type) -> None:
    assert {member.value for member in noun} <= set(WORDS)  # type: ignore[attr-defined]


def test_every_service_failure_has_words() -> None:
    assert {SERVICE + failure for failure in Service} <= set(WORDS)


def test_every_trace_of_copying_has_words() -> None:
    told_otherwise = {Trace.COPIES, Trace.ONE_SHOT}
    assert {f"trace:{kind}" for kind in set(Trace) - told_otherwise} <= set(WORDS)


def test_every_key_named_in_the_code_exists_and_no_word_is_left_over() -> None:
    code = "".join(text for name, text in CODE.items() if name not in ("words.py", "sentences.py"))
    named = set(re.findall(r"""say\(\s*"(\w+)\"""", code))
    assert named <= set(WORDS)
    built = {f"{kind}_fix" for kind in ("missing", "empty", "unreadable")}
    labels = {member.value for noun in (Topic, Sentiment, Severity, Verdict, AlertState) for member in noun}
    labels |= {SERVICE + failure for failure in Service} | {f"trace:{kind}" for kind in Trace}
    assert {key for key in WORDS if not re.search(rf"""[\"']{key}[\"']""", code)} <= built | labels


def test_pages_say_nothing_that_is_not_in_the_table() -> None:
    """Letters handed to Streamlit as literal text would stay English on a Chinese screen."""
    spoken = re.compile(
        r"""st\.(?:header|subheader|caption|write|info|warning|error|button|text)\(\s*f?"[^"{]*[A-Za-z]"""
    )
    assert [name for name, text in CODE.items() if spoken.search(text)] == []


def test_an_unknown_word_is_an_error_and_values_are_filled() -> None:
    assert [say("n_stories", lang, n=3) for lang in LANGS] == ["3 stories", "3 个事件"]
    with pytest.raises(KeyError):
        say("no such word", "en")
