"""Every source in the table passes the published checks, over a local server that plays our own recordings."""

import asyncio
import json
import re
from datetime import UTC, datetime

import pytest

from groundswell import checks
from groundswell.errors import Malformed
from tests.collectors.every import (
    ORIGINS,
    OTHERWISE,
    RECORDINGS,
    SOURCES,
    answering,
    load,
    options,
    play,
    time_of,
)


@pytest.mark.parametrize("name", SOURCES)
def test_the_class_says_what_it_is(name):
    checks.check_class(load(name))


@pytest.mark.parametrize("name", SOURCES)
def test_a_recording_gives_good_posts(name, recording):
    pages = checks.check_parse(load(name), recording(RECORDINGS[name]), RECORDINGS[name])
    assert sum(len(page.posts) for page in pages) >= 3
    assert {post.source for page in pages for post in page.posts} == ORIGINS.get(name, {name})
    assert all(post.gated is False for page in pages for post in page.posts)


@pytest.mark.parametrize("name", SOURCES)
def test_damaged_input_is_malformed_and_nothing_else(name, recording):
    checks.check_malformed(load(name), recording(RECORDINGS[name]), cuts=25)


@pytest.mark.parametrize("name", SOURCES)
def test_dropped_renamed_and_retyped_fields_are_malformed_and_nothing_else(name, recording):
    assert checks.check_retyped(load(name), recording(RECORDINGS[name])) > 100


@pytest.mark.parametrize("name", [name for name in SOURCES if name not in OTHERWISE])
def test_going_on_from_any_page_loses_nothing(name, site, door, reply, recording, tmp_path):
    raw = recording(RECORDINGS[name])

    async def main():
        async with site:
            play(name, site, answering(name, raw, reply), reply=reply)
            async with door(site) as http:
                cls, made = load(name), []

                def make():
                    made.append(cls(http, time_of(http), **options(name, site, tmp_path, raw)))
                    return made[-1]

                found = await checks.check_pages(make)
                for collector in made:
                    if hasattr(collector, "close"):
                        await collector.close()
                return found

    pages = asyncio.run(main())
    parsed = {post.external_id for page in load(name).parse(raw, "x") for post in page.posts}
    walked = {post.external_id for page in pages for post in page.posts}
    if name == "slack":  # an answer does not name its channel, the walk does
        parsed = {f"C1:{native}" for native in parsed}
    assert walked == parsed, "pages() and parse() must agree"


FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"  # one picture of seven code points, joined


@pytest.mark.parametrize("name", SOURCES)
def test_a_megabyte_of_joined_emoji_is_one_post_like_others(name, recording):
    raw = recording(RECORDINGS[name])
    before = [post for page in load(name).parse(raw, "x") for post in page.posts]
    some = re.compile(r"(?=\b([A-Za-z]{3,} [a-z]{2,}|[\u4e00-\u9fff]{4}))")
    words = next(pair for post in before for pair in map(str.encode, some.findall(post.text)) if pair in raw)
    joined = FAMILY * (18_000 if RECORDINGS[name].endswith("csv") else 36_000)  # 900,000 bytes; a cell may have half
    long = raw.replace(words, words + b" " + joined.encode())
    pages = list(load(name).parse(long, "x"))
    checks.check_values(pages, name)
    after = [post for page in pages for post in page.posts]
    assert len(after) == len(before)
    assert any(joined in post.text for post in after), "neither cut nor taken apart"


@pytest.mark.parametrize("name", ["files", "mediacrawler", "weibosearch"])
def test_exports_in_gb18030_are_those_in_utf8(name, recording):
    raw = recording(RECORDINGS[name])
    plain = [post for page in load(name).parse(raw, "x", at) for post in page.posts]
    chinese = [post for page in load(name).parse(raw.decode().encode("gb18030"), "x", at) for post in page.posts]
    assert chinese == plain


def at():
    return datetime(2026, 11, 20, tzinfo=UTC)


REFUSED = (
    {"error_id": 403, "error_message": "no"}, {"ok": False, "error": "invalid_auth"}, {"ok": False, "error_code": 401},
    {"error": {"code": 403, "message": "quota"}}, {"errors": [{"type": "RATE_LIMITED"}]}, {"errors": ["no"]},
    {"data": None, "errors": [{"type": "FORBIDDEN"}]}, {"error": "no", "error_code": 21327}, {"message": "Not Found"},
    {"title": "Unauthorized", "status": 401}, {"reason": "private", "error": 403}, {"type": "error.list", "errors": []},
    {"code": -101, "message": "账号未登录"}, {"kind": "Listing", "data": {"children": None}}, {"feed": {"entry": {}}},
)  # fmt: skip


@pytest.mark.parametrize("name", SOURCES)
def test_a_recorded_refusal_is_malformed_or_a_gap_and_nothing_else(name):
    for body in REFUSED:
        text = json.dumps(body)
        response = {"status": {"code": 200}, "body": {"string": text}}
        tape = json.dumps({"interactions": [{"request": {"method": "GET", "uri": "https://x"}, "response": response}]})
        for raw in (text, tape):
            try:
                posts = [post for page in load(name).parse(raw.encode(), "x") for post in page.posts]
            except Malformed:
                continue
            assert not posts
