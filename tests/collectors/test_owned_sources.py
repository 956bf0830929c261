"""The firm's own places: stores, mailboxes, chats, pushes; and the importers of what other tools export."""

import asyncio
import contextlib
import hashlib
import hmac
import io
import json
import socket
import socketserver
import threading
import zipfile
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from collectors import files
from collectors.crawls import MediaCrawler, WeiboSearch
from collectors.exports import Weibo
from collectors.github_discussions import GitHubDiscussions
from collectors.googlebusiness import GoogleBusiness
from collectors.googleplay import GooglePlay
from collectors.guard import Refused
from collectors.http import Http
from collectors.imap import Imap
from collectors.reddit import Reddit
from collectors.reddit_atom import DEGRADED, RedditAtom
from collectors.review_pages import ReviewPages
from collectors.robots import Disallowed
from collectors.slack import Slack
from collectors.trustpilot import Trustpilot
from collectors.webhook import KEY, SIGNATURE, TIMESTAMP, Webhook
from collectors.weibo_api import WeiboApi
from collectors.zeeschuimer import Zeeschuimer
from groundswell.errors import AuthNeeded, Gone, InputError, Malformed, Throttled
from groundswell.types import Kind

SECRET = "0123456789abcdef"


def drive(site, door, make, *cursors):
    async def main():
        async with site, door(site) as http:
            source, walks = make(http), []
            for cursor in cursors or ({},):
                given = cursor(walks) if callable(cursor) else cursor
                walks.append([page async for page in source.pages(json.loads(json.dumps(dict(given))))])
            return walks

    return asyncio.run(main())


def last(walks):
    return walks[-1][-1].cursor


def ids(pages):
    return [post.external_id for page in pages for post in page.posts]


# workbooks


def workbook(*rows, strings=()):
    """The least XLSX there is: one sheet with inline words and numbers."""

    def cell(value):
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
        return "<c/>" if value is None else f"<c><v>{value}</v></c>"

    lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>',
    }
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, text)
    return raw.getvalue()


def test_a_workbook_is_read_as_a_csv_is_with_a_field_map(time):
    raw = workbook(("Nr", "评论内容", "时间", "Sterne"), (7, "水壶漏水", 46344.5, 1), (), (8, "很好", 46344, 5))
    (page,) = files.read(raw, "shop.xlsx", time.clock, fields={"external_id": "Nr", "rating": "Sterne"})
    assert [(p.external_id, p.text, p.rating) for p in page.posts] == [("7", "水壶漏水", 1.0), ("8", "很好", 5.0)]
    assert page.posts[0].created_at == datetime(2026, 11, 18, 12, tzinfo=UTC)


def test_damaged_and_empty_workbooks_are_malformed(time):
    raw = workbook(("text", "date"), ("a", 46344))
    for sample in (workbook(), *(raw[:cut] for cut in range(4, len(raw), 150))):
        with pytest.raises(Malformed):
            list(files.read(sample, "x.xlsx", time.clock))


def test_a_row_of_a_workbook_without_a_time_is_told_with_its_number(time):
    raw = workbook(("text", "date"), ("a", 46344), ("b", None))
    (page,) = files.read(raw, "x.xlsx", time.clock)
    assert len(page.posts) == 1
    assert "row 3" in page.gap


# stores


def test_google_play_prefers_the_words_as_written_and_reads_the_shops_envelope(recording):
    (page,) = GooglePlay.parse(recording("googleplay.json"), "x")
    assert [p.text for p in page.posts] == ["Crashes\n\nThe kettle app crashes on start", "水壶连不上", "ok"]
    assert [p.rating for p in page.posts] == [1.0, 2.0, None]
    inner = json.dumps([[["id-1", ["Ada"], 2, None, "a &amp; b", [1795080000, 5], 3]], [None, "token"]])
    envelope = ")]}'\n\n123\n" + json.dumps([["wrb.fr", "UsvDTd", inner, None]])
    (page,) = GooglePlay.parse(envelope.encode(), "x")
    assert [(p.external_id, p.text, p.engagement.likes) for p in page.posts] == [("id-1", "a & b", 3)]


def test_google_business_takes_the_original_and_keeps_ratings_without_words(recording):
    (page,) = GoogleBusiness.parse(recording("googlebusiness.json"), "x")
    assert [(p.text, p.rating, p.author) for p in page.posts] == [
        ("水壶漏水", 1.0, "Ada Example"), ("", 5.0, None), ("Slow service", 2.0, "Bo"),
    ]  # fmt: skip


def test_a_refused_refresh_token_needs_a_person(site, door, time, reply):
    site.play("/token", reply('{"error": "invalid_grant"}', status=400))

    def make(http):
        return GoogleBusiness(
            http, time.clock, locations=["a/1"], client_id="i", client_secret=SECRET, refresh_token="refresh-value",
            base=site.url(), token_url=site.url("/token"),
        )  # fmt: skip

    with pytest.raises(AuthNeeded) as caught:
        drive(site, door, make)
    assert "refresh-value" not in str(caught.value)


def test_trustpilot_walks_by_number_to_what_it_knows(site, door, time, reply):
    start = time.clock() - timedelta(days=10)
    known = [{"id": f"{n:04}", "stars": 3, "text": "t", "createdAt": (start + timedelta(minutes=n)).isoformat()}
             for n in range(250)][::-1]  # fmt: skip

    def answer(request):
        begin = (int(request.query["page"]) - 1) * 100
        return reply(json.dumps({"reviews": known[begin : begin + 100]}))

    site.play("/v1/business-units/b/reviews", answer)
    first, second = drive(
        site, door, lambda http: Trustpilot(http, time.clock, business_unit="b", key=SECRET, base=site.url()), {}, last
    )
    assert len(set(ids(first))) == 250
    assert site.asked[0].headers["apikey"] == SECRET
    assert len(second) <= 3


# chats and microblogs


def test_slack_names_the_channel_and_reads_its_own_marks(site, door, time, reply, recording):
    site.play("/api/conversations.history", reply(recording("slack.json")))
    (pages,) = drive(site, door, lambda http: Slack(http, time.clock, token=SECRET, channels=["C1"], base=site.url()))
    first, bot, answer = pages[0].posts
    assert first.text == "@ann the kettle leaks, see this & that"
    assert (first.engagement.likes, first.engagement.replies) == (3, 2)
    assert (answer.kind, answer.parent) == (Kind.COMMENT, first.external_id)
    assert bot.author == "B1"


@pytest.mark.parametrize(
    ("word", "kind"), [("invalid_auth", AuthNeeded), ("channel_not_found", Gone), ("fatal_error", Malformed)]
)
def test_slack_says_200_to_refusals(site, door, time, reply, word, kind):
    site.play("/api/conversations.history", reply(json.dumps({"ok": False, "error": word})))
    with pytest.raises(kind):
        drive(site, door, lambda http: Slack(http, time.clock, token=SECRET, channels=["C1"], base=site.url()))


def test_weibo_walks_mentions_and_comments_down_by_id(site, door, time, reply):
    known = list(range(1000, 1130))

    def mentions(request):
        below = [n for n in known if n <= int(request.query.get("max_id", 10**9))][::-1][:50]
        made = [
            {"id": n, "idstr": str(n), "text": "@示例", "created_at": "Wed Nov 18 17:46:55 +0800 2026"} for n in below
        ]
        return reply(json.dumps({"statuses": made}))

    comment = {"id": 5, "idstr": "5", "text": "漏水", "created_at": "Wed Nov 18 17:46:55 +0800 2026",
               "status": {"id": 1000, "idstr": "1000"}}  # fmt: skip
    site.play("/2/statuses/mentions.json", mentions)
    site.play("/2/comments/to_me.json", reply(json.dumps({"comments": [comment]})))

    def grown(walks):
        known.extend(range(1130, 1190))
        return last(walks)

    first, second = drive(
        site, door, lambda http: WeiboApi(http, time.clock, token=SECRET, base=site.url()), {}, grown
    )  # fmt: skip
    assert set(ids(first)) == {*map(str, range(1000, 1130)), "5"}
    assert set(ids(second)) >= set(map(str, range(1130, 1190)))
    assert first[-1].posts[0].parent == "1000"
    assert site.asked[0].headers["Authorization"] == f"OAuth2 {SECRET}"


@pytest.mark.parametrize(("number", "kind"), [(21327, AuthNeeded), (10023, Throttled), (10001, Malformed)])
def test_weibo_says_200_to_refusals(site, door, time, reply, number, kind):
    site.play("/2/statuses/mentions.json", reply(json.dumps({"error": "no", "error_code": number})))
    with pytest.raises(kind):
        drive(site, door, lambda http: WeiboApi(http, time.clock, token=SECRET, base=site.url()))


def test_reddit_without_a_key_says_what_it_cannot_see_once(site, door, time, reply, recording):
    site.play("/r/kitchen/new/.rss", reply(recording("reddit_atom.xml")))
    first, second = drive(
        site, door, lambda http: RedditAtom(http, time.clock, subreddits=["r/kitchen"], base=site.url()), {}, last
    )  # fmt: skip
    assert first[0].gap == DEGRADED
    assert second[0].gap is None
    assert [(p.external_id, p.source, p.author, p.text) for p in first[0].posts][:2] == [
        ("t3_1abc", "reddit", "ada_example", "My kettle\n\nIt leaks after a week."),
        ("t3_1abb", "reddit", "bo", "A photo of tea"),
    ]


def test_discussions_are_walked_by_change_with_their_comments(site, door, time, reply, recording):
    site.play("/graphql", reply(recording("github_discussions.json")))
    (pages,) = drive(
        site, door,
        lambda http: GitHubDiscussions(http, time.clock, repositories=["a/b"], token=SECRET, base=site.url()),
    )  # fmt: skip
    question, comment, anonymous, other = pages[0].posts
    assert (question.text, question.engagement.likes, question.engagement.replies) == (
        "Kettle app crashes\n\nOn every start", 4, 2,
    )  # fmt: skip
    assert (comment.parent, comment.kind, anonymous.author) == (question.external_id, Kind.COMMENT, None)
    assert other.text == "Question"


@pytest.mark.parametrize(("kind", "error"), [("NOT_FOUND", Gone), ("FORBIDDEN", AuthNeeded), ("OTHER", Malformed)])
def test_discussions_say_200_to_refusals(site, door, time, reply, kind, error):
    site.play("/graphql", reply(json.dumps({"data": None, "errors": [{"type": kind, "message": "no"}]})))
    with pytest.raises(error):
        drive(
            site, door,
            lambda http: GitHubDiscussions(http, time.clock, repositories=["a/b"], token=SECRET, base=site.url()),
        )  # fmt: skip


# pages


def test_pages_obey_robots_and_are_asked_conditionally(site, door, time, reply, recording):
    site.play("/robots.txt", reply("User-agent: *\nDisallow: /private"))
    page = reply(recording("review_pages.html"), headers={"ETag": '"1"'})
    site.play("/reviews", lambda request: reply(status=304) if "If-None-Match" in request.headers else page)
    first, second = drive(
        site, door, lambda http: ReviewPages(http, time.clock, urls=[site.url("/reviews")], source="shop"), {}, last
    )  # fmt: skip
    assert [(p.text, p.rating, p.author, p.source) for p in first[0].posts] == [
        ("Leaks & smells. See https://example.org/1", 1.0, "Ada Example", "shop"),
        ("Fast\n\nBoils\nfast", 4.0, "Bo", "shop"), ("水壶漏水", None, "小满", "shop"),
    ]  # fmt: skip
    assert ids(second) == []
    with pytest.raises(Disallowed):
        drive(site, door, lambda http: ReviewPages(http, time.clock, urls=[site.url("/private/1")]))


def test_selectors_read_pages_that_tell_machines_nothing(site, door, time, reply):
    html = ("<html lang='en'><ul>" + "".join(
        f"<li class=r><b>{who}</b><time datetime='2026-11-1{n}'>x</time><p>{words}</p><i>{n},5</i></li>"
        for n, (who, words) in enumerate([("ann", "It leaks"), ("bo", "Fine <em>kettle</em>")], 1)
    ) + "</ul></html>")  # fmt: skip
    site.play("/robots.txt", reply(status=404))
    site.play("/r", reply(html))
    (pages,) = drive(
        site, door,
        lambda http: ReviewPages(
            http, time.clock, urls=[site.url("/r")], item="li.r", text="p", date="time", author="b", rating="i"
        ),
    )  # fmt: skip
    assert [(p.text, p.author, p.rating, p.created_at.day, p.lang) for p in pages[0].posts] == [
        ("It leaks", "ann", 1.5, 11, "en"), ("Fine kettle", "bo", 2.5, 12, "en"),
    ]  # fmt: skip


def test_a_page_without_words_is_a_gap_and_no_silence():
    (page,) = ReviewPages.parse(b"<html><div itemscope itemtype='https://schema.org/Product'>Kettle</div>", "x")
    assert "does not mean" in page.gap


# importers


def test_zeeschuimer_reads_each_platform_and_counts_what_it_does_not_know(recording):
    (page,) = Zeeschuimer.parse(recording("zeeschuimer.ndjson"), "x")
    note, clip, tweet = page.posts
    assert (note.source, note.text, note.engagement.likes) == ("xiaohongshu", "漏水\n\n水壶一周就漏水", 12000)
    assert (clip.source, clip.lang, clip.engagement.shares) == ("douyin", "zh", 0)
    assert (tweet.text, tweet.parent, tweet.kind) == ("my kettle leaks & smells", "98", Kind.COMMENT)
    assert page.gap == "1 items of 9gag.com, which is not known here"


def test_mediacrawler_comments_hang_on_their_note_or_on_the_comment_they_answer(recording, tmp_path, door, site, time):
    path = tmp_path / "x.jsonl"
    path.write_bytes(recording("mediacrawler.jsonl"))
    (pages,) = drive(site, door, lambda http: MediaCrawler(http, time.clock, path=str(path), platform="xhs"))
    note, comment, answer = pages[0].posts
    assert (note.external_id, note.kind, note.parent) == ("n1", Kind.POST, None)
    assert (comment.external_id, comment.parent, comment.kind) == ("c1", "n1", Kind.COMMENT)
    assert answer.parent == "c1"
    assert {p.source for p in pages[0].posts} == {"xiaohongshu"}
    with pytest.raises(InputError, match="unknown platform"):
        drive(site, door, lambda http: MediaCrawler(http, time.clock, path=str(path), platform="msn"))


def test_weibo_search_times_are_those_of_china(recording):
    (page,) = WeiboSearch.parse(recording("weibosearch.csv"), "x")
    assert page.posts[0].created_at == datetime(2026, 11, 18, 9, 46, tzinfo=UTC)
    assert (page.posts[1].parent, page.posts[0].engagement.likes) == ("511", 12000)


# pushes


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def signed(time, body, *, secret=SECRET, at=0.0, key="k1"):
    stamp = str(int(time.clock().timestamp() + at))
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {TIMESTAMP: stamp, SIGNATURE: f"sha256={mac}", KEY: key}


async def answered(session, url, body, headers):
    while True:
        try:
            async with session.post(url, data=body, headers=headers) as answer:
                return answer.status, await answer.json()
        except aiohttp.ClientConnectorError:
            await asyncio.sleep(0.01)  # it does not listen yet


def pushed(time, *requests, cursor=None, commits=True):
    """Send requests one after another while a round listens; return their statuses and the pages."""
    pages, statuses, port = [], [], free_port()

    async def collect(source):
        async with contextlib.aclosing(source.pages(cursor or {})) as walk:
            async for page in walk:
                pages.append(page)
                if not commits:
                    return

    async def main():
        async with Http(time.clock) as http, aiohttp.ClientSession() as session:
            source = Webhook(http, time.clock, secret=SECRET, port=port, listen_s=600)
            round_ = asyncio.create_task(collect(source))
            for body, headers in requests:
                statuses.append(await answered(session, f"http://127.0.0.1:{port}/", body, headers))
            round_.cancel()
            await asyncio.wait([round_])
            await source.close()

    asyncio.run(main())
    return statuses, pages


def test_a_round_ends_when_nothing_comes(time):
    async def main():
        async with Http(time.clock) as http:
            source = Webhook(http, time.clock, secret=SECRET, port=free_port(), listen_s=0.01)
            found = [page async for page in source.pages({"known": ["k0"]})]
            await source.close()
            return found

    (page,) = asyncio.run(main())
    assert (page.posts, page.cursor) == ((), {"known": ["k0"]})


BODY = json.dumps({"id": "w1", "text": "leaks", "created_at": "2026-11-18T09:00:00Z"}).encode()


def test_a_signed_delivery_is_answered_when_it_is_committed_and_once(time):
    headers = signed(time, BODY)
    statuses, pages = pushed(time, (BODY, headers), (BODY, headers))
    assert statuses == [(200, {"stored": True, "posts": 1}), (200, {"stored": False, "known": True})]
    assert ids(pages) == ["w1"]
    statuses, pages = pushed(time, (BODY, headers), cursor=pages[-1].cursor)
    assert statuses[0][1] == {"stored": False, "known": True}, "a restart remembers the key"
    assert ids(pages) == []


def test_forged_stale_and_unreadable_deliveries_are_refused(time):
    statuses, pages = pushed(
        time,
        (BODY, signed(time, BODY, secret="another-secret-of-16")),
        (BODY + b" ", signed(time, BODY)),
        (BODY, signed(time, BODY, at=-400)),
        (BODY, {**signed(time, BODY), TIMESTAMP: "soon"}),
        (BODY, {k: v for k, v in signed(time, BODY).items() if k != KEY}),
        (b"{nonsense", signed(time, b"{nonsense")),
    )
    assert [status for status, _ in statuses] == [401, 401, 401, 401, 400, 422]
    assert ids(pages) == []


def test_a_delivery_that_was_not_committed_is_to_be_sent_again(time):
    statuses, _ = pushed(time, (BODY, signed(time, BODY)), commits=False)
    assert statuses[0][0] == 503


def test_a_short_secret_is_refused_before_anything_listens(time):
    with pytest.raises(InputError, match="16 characters"):
        Webhook(Http(time.clock), time.clock, secret="short")


# a mailbox


class MailServer(socketserver.ThreadingTCPServer):
    """As much IMAP as a reader needs: LOGIN, SELECT, UID SEARCH, UID FETCH, LOGOUT."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self, letters, validity=7, password=SECRET):
        super().__init__(("127.0.0.1", 0), MailHandler)
        self.letters, self.validity, self.password, self.said = letters, validity, password, []

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class MailHandler(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline().decode().strip():
            tag, _, command = line.partition(" ")
            self.server.said.append(command)
            if not self.answer(tag, command):
                return

    def answer(self, tag, command):
        server, verb, say = self.server, command.upper(), lambda text: self.wfile.write(f"{text}\r\n".encode())
        if verb.startswith("LOGIN") and server.password not in command:
            say(f"{tag} NO wrong")
            return True
        if verb.startswith("CAPABILITY"):
            say("* CAPABILITY IMAP4rev1")
        elif verb.startswith(("EXAMINE", "SELECT")):
            say(f"* {len(server.letters)} EXISTS\r\n* OK [UIDVALIDITY {server.validity}] valid")
        elif verb.startswith("UID SEARCH"):
            words = verb.split()
            start = int(words[3].partition(":")[0]) if words[2] == "UID" else 1
            uids = [uid for uid in server.letters if uid >= start] or list(server.letters)[-1:]  # as RFC 3501 has it
            say(f"* SEARCH {' '.join(map(str, uids))}")
        elif verb.startswith("UID FETCH"):
            for uid in map(int, verb.split()[2].split(",")):
                raw = server.letters[uid]
                self.wfile.write(f"* {uid} FETCH (UID {uid} BODY[]<0> {{{len(raw)}}}\r\n".encode() + raw + b")\r\n")
        say(f"{tag} OK done")
        return not verb.startswith("LOGOUT")


def letter(number):
    return (f"Message-ID: <m{number}@x.example>\r\nDate: Wed, 18 Nov 2026 09:00:{number % 60:02} +0000\r\n"
            f"From: Ada <ada@x.example>\r\nSubject: Kettle {number}\r\n\r\nIt leaks\r\n").encode()  # fmt: skip


def mailbox(time, server, *cursors, allow=True, password=SECRET):
    async def main():
        host, port = server.server_address
        async with Http(time.clock, allow=("127.0.0.1",) if allow else ()) as http:
            source = Imap(http, time.clock, host=host, port=port, user="u", password=password, tls=False)
            walks = []
            for cursor in cursors or ({},):
                walks.append([page async for page in source.pages(cursor(walks) if callable(cursor) else cursor)])
            return walks

    return asyncio.run(main())


def test_letters_are_read_on_by_uid_and_left_as_they_are(time):
    with MailServer({n: letter(n) for n in range(1, 121)}) as server:

        def grown(walks):
            server.letters[121] = letter(121)
            return last(walks)

        first, second, third = mailbox(time, server, {}, grown, last)
    assert [len(page.posts) for page in first] == [50, 50, 20]
    assert ids(second) == ["m121@x.example"]
    assert ids(third) == []
    assert not any("STORE" in command or "DELETE" in command for command in server.said)
    assert all(command.startswith("EXAMINE") for command in server.said if "INBOX" in command)


def test_a_new_numbering_reads_all_again_and_says_so(time):
    with MailServer({1: letter(1)}) as server:
        first = mailbox(time, server)[0]
        server.validity = 8
        (again,) = mailbox(time, server, first[-1].cursor)
    assert ids(again) == ["m1@x.example"]
    assert "anew" in again[0].gap


def test_a_damaged_letter_costs_only_itself(time):
    with MailServer({1: b"no letter at all", 2: letter(2)}) as server:
        (pages,) = mailbox(time, server)
    assert ids(pages) == ["m2@x.example"]
    assert "1 letters not read" in pages[0].gap


def test_a_wrong_password_and_a_private_address_are_refused(time):
    with MailServer({1: letter(1)}) as server:
        with pytest.raises(AuthNeeded) as caught:
            mailbox(time, server, password="wrong-password")
        assert "wrong-password" not in str(caught.value)
        with pytest.raises(Refused):
            mailbox(time, server, allow=False)


def test_the_kind_of_a_recording_is_found_out(recording):
    (page,) = Weibo.parse(recording("weibosearch.csv"), "x")
    assert ids([page]) == ["511", "512", "513"]
    (page,) = Reddit.parse(recording("reddit_atom.xml"), "x")
    assert (ids([page])[0], page.gap) == ("t3_1abc", DEGRADED)
    review = {"id": "1", "rating": 2, "title": "No", "text": "No", "dates": {"publishedDate": "2026-11-18T09:00:00Z"}}
    (page,) = Trustpilot.parse(json.dumps({"props": {"pageProps": {"reviews": [review]}}}).encode(), "x")
    assert [(p.rating, p.text) for p in page.posts] == [(2.0, "No")]
