"""Freshdesk and Intercom: their walks, what is deleted there, and whose words are left out."""

import json
from datetime import UTC, datetime

import pytest

from collectors.freshdesk import Freshdesk
from collectors.intercom import Intercom
from groundswell import recordings
from groundswell.errors import Malformed
from tests.collectors.walks import SENT, drive, gone, ids, last

START = int(datetime(2026, 11, 19, tzinfo=UTC).timestamp())


def stamp(at):
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Desk:
    """Freshdesk in small: tickets by last change, behind `updated_since` (itself left out), a hundred a page."""

    def __init__(self, reply):
        self.tickets, self.reply = {}, reply

    def put(self, number, at, **fields):
        self.tickets[number] = {"id": number, "subject": f"t{number}", "created_at": stamp(START),
                                "updated_at": stamp(at), **fields}  # fmt: skip

    def __call__(self, request):
        kind = request.query.get("filter")
        hidden = {"deleted", "spam"}
        shown = [t for t in self.tickets.values() if (t.get(kind) if kind else not hidden & set(t))]
        later = sorted((t for t in shown if t["updated_at"] > request.query["updated_since"]),
                       key=lambda t: (t["updated_at"], t["id"]))  # fmt: skip
        begin = (int(request.query["page"]) - 1) * 100
        return self.reply(json.dumps(later[begin : begin + 100]))


def freshdesk(site, time):
    return lambda http: Freshdesk(http, time.clock, url=site.url(), key="key-value")


def test_freshdesk_goes_on_behind_many_tickets_of_one_second(site, door, time, reply):
    desk = Desk(reply)
    for number in range(250):
        desk.put(number, START + (number >= 220))
    site.play("/api/v2/tickets", desk)

    def grown(walks):
        desk.put(3, START + 60, subject="changed")
        desk.put(250, START + 1)
        return last(walks)

    first, second = drive(site, door, freshdesk(site, time), {}, grown)
    assert set(ids(first)) == {str(n) for n in range(250)}
    assert {"3", "250"} <= set(ids(second))
    assert len(ids(second)) < 40, "what was read is not read again"
    assert site.asked[0].headers["Authorization"].startswith("Basic ")
    assert site.asked[0].query["include"] == "description"


def test_freshdesk_tells_deleted_tickets_and_spam(site, door, time, reply):
    desk = Desk(reply)
    for number in (1, 2, 3):
        desk.put(number, START)
    site.play("/api/v2/tickets", desk)

    def removed(walks):
        desk.put(1, START + 9, deleted=True)
        desk.put(2, START + 9, spam=True)
        return last(walks)

    first, second = drive(site, door, freshdesk(site, time), {}, removed)
    assert (set(ids(first)), gone(first)) == ({"1", "2", "3"}, [])
    assert set(gone(second)) == {"1", "2"}


def test_freshdesk_reads_words_once_and_leaves_out_letters_of_agents(recording):
    (page,) = Freshdesk.parse(recording("freshdesk.json"), "x")
    assert [post.text for post in page.posts] == [
        "Refund\n\nWaiting three weeks", "Leak", "App\n\nCannot sign in & nobody answers",
    ]  # fmt: skip
    assert page.gone == ["75"]
    with pytest.raises(Malformed, match="not authorized"):
        list(Freshdesk.parse(b'{"code": "access_denied", "message": "You are not authorized"}', "x"))


@pytest.mark.parametrize("name", ["freshdesk", "intercom"])
def test_private_words_are_masked_at_the_gate(name, recording, tmp_path):
    raw = recording(f"{name}.json").replace(b"nobody answers", b"call 415-555-0132 or ada@mail.example")
    (tmp_path / "answer.json").write_bytes(raw)
    (row,) = recordings.parse(name, tmp_path / "answer.json")
    (said,) = [post["text"] for post in row["posts"] if "call" in post["text"]]
    assert said.endswith("call [phone] or [mail]")
    assert not {"501", "u501", "Ada Example"} & {post["author"] for post in row["posts"]}


class Inbox:
    """Intercom in small: POST /conversations/search, the last changed first, behind a token."""

    def __init__(self, reply, numbers):
        self.changed, self.reply, self.is_sorted = {n: START + n for n in numbers}, reply, True

    def conversation(self, number):
        source = {"body": f"<p>c{number}</p>", "author": {"type": "user", "id": "u"}}
        return {"id": str(number), "created_at": START, "updated_at": self.changed[number], "source": source}

    def __call__(self, request):
        listed = sorted(self.changed, key=self.changed.get, reverse=self.is_sorted)
        asked = json.loads(request[SENT])
        assert asked["sort"] == {"field": "updated_at", "order": "descending"}
        begin = int(asked["pagination"].get("starting_after", 0))
        pages = {"next": {"starting_after": str(begin + 100)}} if begin + 100 < len(listed) else {}
        shown = [self.conversation(n) for n in listed[begin : begin + 100]]
        return self.reply(json.dumps({"type": "conversation.list", "pages": pages, "conversations": shown}))


def intercom(site, time):
    return lambda http: Intercom(http, time.clock, token="token-value", base=site.url())


def test_intercom_walks_down_to_the_last_change_it_knows(site, door, time, reply):
    inbox = Inbox(reply, range(0, 25_000, 100))
    site.play("/conversations/search", inbox)

    def grown(walks):
        inbox.changed |= {300: START + 30_000, 30_100: START + 30_100}
        return last(walks)

    first, second = drive(site, door, intercom(site, time), {}, grown)
    assert len(set(ids(first))) == 250
    assert ids(second)[:2] == ["30100", "300"]
    assert len(second) == 1
    assert site.asked[0].headers["Intercom-Version"] == "2.11"


def test_intercom_in_another_order_is_no_silent_loss(site, door, time, reply):
    inbox = Inbox(reply, range(5))
    inbox.is_sorted = False
    site.play("/conversations/search", inbox)
    with pytest.raises(Malformed, match="order"):
        drive(site, door, intercom(site, time))


def test_intercom_keeps_what_customers_began_and_tells_what_was_redacted(recording):
    (page,) = Intercom.parse(recording("intercom.json"), "x")
    assert [(post.external_id, post.text, post.rating) for post in page.posts] == [
        ("905", "My kettle leaks & nobody answers", 1.0), ("904", "Refund\n\nWaiting three weeks", None),
        ("901", "水壶漏水，客服不理人", None),
    ]  # fmt: skip
    assert page.gone == ["902"]
    with pytest.raises(Malformed, match="Access Token Invalid"):
        list(Intercom.parse(b'{"type": "error.list", "errors": [{"message": "Access Token Invalid"}]}', "x"))
