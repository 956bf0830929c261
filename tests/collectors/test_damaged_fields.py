"""Fields dropped, renamed and retyped on the way a source really takes: no copy of a recording crashes the runner."""

import asyncio
import io
import itertools
import json
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from collectors.batches import read
from collectors.bluesky import Bluesky
from collectors.http import Http
from collectors.rounds import Outcome, Watch
from collectors.runner import Runner
from groundswell import checks
from groundswell.errors import Malformed
from groundswell.variants import of_table, variants
from tests.collectors.every import RECORDINGS, load, options, play
from tests.collectors.test_webhook import pushed, signed
from tests.collectors.test_workbooks import workbook

ROWS = [
    ("编号", "评论内容", "时间", "昵称", "评分", "点赞数"),
    (7, "水壶漏水", 46344.5, "ann", 1, "1.2万"), (8, "It leaks", 46344, "bo", 5, 3),
]  # fmt: skip
CELLS = (None, 0, -1, 10**30, 1.5, 2958466.0, "", "x", "2026-13-99", "1.2万", "-", "#REF!", "\u202e")


class Sink:
    """Takes pages as the store would; what it is told of failures it keeps."""

    def __init__(self):
        self.posts = 0

    def commit_page(self, source, page):
        checks.check_values([page], source, is_plain=False, has_own_ids=False)
        self.posts += len(page.posts)

    def cursor(self, source):
        return {}

    def source_failed(self, source, error, retry_at):
        pass

    def throttled_until(self, source):
        return None

    def due(self, source, spans, limit):
        return []

    def inbox_depth(self):
        return 0


async def take(name, collector, clock, sink):
    """One round; a failure is one of ours, never a bug."""
    states = await Runner([Watch(source=name, collector=collector)], sink, clock).once()
    state = states[name]
    assert state.outcome is Outcome.DONE or (state.error or "").startswith("Malformed"), state.error


def some(raw, step):
    return [copy for _, copy in itertools.islice(variants(raw), 0, None, step)]


@pytest.mark.parametrize(
    ("name", "step"),
    [("feeds", 17), ("review_pages", 23), ("reddit_atom", 41), ("files", 7), ("mail", 23), ("weibosearch", 13),
     ("mediacrawler", 13), ("zeeschuimer", 23), ("freshdesk", 7), ("intercom", 17)],
)  # fmt: skip
def test_the_runner_takes_any_copy(name, step, site, door, time, reply, recording, tmp_path):
    copies, sink = some(recording(RECORDINGS[name]), step), Sink()

    async def main():
        async with site, door(site) as http:
            for copy in copies:
                play(name, site, lambda request, c=copy: reply(b"[]" if "filter" in request.query else c), reply=reply)
                source = load(name)(http, time.clock, **options(name, site, tmp_path, copy))
                await take(name, source, time.clock, sink)

    asyncio.run(main())
    assert len(copies) > 20
    assert sink.posts > len(copies), "most copies still hold posts"


def look(pages, place):
    """Good pages, or Malformed with its place."""
    try:
        found = list(pages)
    except Malformed as error:
        where = error.where
    else:
        where = place
        checks.check_values(found, "files", is_plain=False, has_own_ids=False)
    assert where, place


def test_a_workbook_of_any_cells_is_read_or_malformed(time):
    tried = 0
    for place, rows in of_table(ROWS, CELLS):
        tried += 1
        look(read(workbook(*rows), "x.xlsx", time.clock), place)
    assert tried > 150


COLUMNS = {
    "bool": pa.array([True, None]), "int": pa.array([1, 2**62]), "float": pa.array([float("nan"), 1e308]),
    "text": pa.array(["x", ""]), "list": pa.array([["a"], None]), "struct": pa.array([{"a": 1}, None]),
    "bytes": pa.array([b"\xff\x00", b""]), "date": pa.array([datetime(1600, 1, 1), None], pa.timestamp("us")),  # noqa: DTZ001
    "zoned": pa.array([datetime(2026, 11, 18, tzinfo=UTC), None], pa.timestamp("ns", "Asia/Shanghai")),
    "decimal": pa.array([Decimal("9999999999.5"), None]), "null": pa.nulls(2),
}  # fmt: skip


@pytest.mark.parametrize("column", ["text", "created_at", "id", "author", "rating", "likes", "url", "kind", "source"])
@pytest.mark.parametrize("kind", COLUMNS)
def test_a_parquet_column_of_any_type_is_read_or_malformed(column, kind, time):
    whole = {"text": pa.array(["a", "b"]), "created_at": pa.array(["2026-11-18", "2026-11-19"]), "id": pa.array([1, 2])}
    file = io.BytesIO()
    pq.write_table(pa.table({**whole, column: COLUMNS[kind]}), file)
    look(read(file.getvalue(), "x.parquet", time.clock), kind)


def test_the_live_stream_takes_any_copy_of_its_events(time, recording):
    copies, sink = some(recording("bluesky.jsonl"), 29), Sink()
    copies += [
        recording("bluesky.jsonl") + odd for odd in (b"\nnonsense", b"\n[1]", b'\n{"time_us": 9007199254740991}')
    ]

    async def stream(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for line in copies[int(request.match_info["number"])].split(b"\n"):
            await socket.send_str(line.decode("utf-8", "replace"))
        await socket.close()
        return socket

    async def main():
        app = web.Application()
        app.router.add_get("/{number}", stream)
        async with TestServer(app) as server:
            host = f"127.0.0.1:{server.port}"
            async with Http(time.clock, allow=(host,), sleep=time.sleep) as http:
                for number in range(len(copies)):
                    source = Bluesky(http, time.clock, endpoint=f"http://{host}/{number}", idle_s=2.0)
                    await take("bluesky", source, time.clock, sink)

    asyncio.run(main())
    assert sink.posts > len(copies)


def test_an_event_that_is_none_costs_itself_and_moves_the_place_nowhere(time, recording):
    lines = [b"nonsense", *recording("bluesky.jsonl").split(b"\n")[:2], b'{"time_us": 9007199254740991}', b"[]"]

    async def stream(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for line in lines:
            await socket.send_str(line.decode())
        await socket.close()
        return socket

    async def main():
        app = web.Application()
        app.router.add_get("/subscribe", stream)
        async with TestServer(app) as server:
            host = f"127.0.0.1:{server.port}"
            async with Http(time.clock, allow=(host,), sleep=time.sleep) as http:
                source = Bluesky(http, time.clock, endpoint=f"http://{host}/subscribe", idle_s=2.0)
                return [page async for page in source.pages({})]

    (page,) = asyncio.run(main())
    assert len(page.posts) == 2
    assert "3 items could not be read" in page.gap
    assert page.cursor == {"at": json.loads(lines[2])["time_us"]}


def test_pushes_of_any_copy_are_stored_or_refused(time, recording):
    copies = some(recording("webhook.json"), 3)
    requests = [(copy, signed(time, copy, key=str(number))) for number, copy in enumerate(copies)]
    statuses, _ = pushed(time, *requests)
    assert len(copies) > 60
    assert {status for status, _ in statuses} <= {200, 422}
