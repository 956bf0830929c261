import asyncio
import gzip
import logging

import pytest

from collectors.guard import Refused
from collectors.http import Http
from collectors.robots import Disallowed
from groundswell.clock import now
from groundswell.errors import AuthNeeded, Gone, Malformed, Unreachable
from tests.collectors.conftest import run


def test_a_good_answer_is_read_with_its_charset(site, door, reply):
    site.play("/a", reply("水壶漏水".encode("gb18030"), headers={"Content-Type": "text/plain; charset=gb2312"}))
    answer = run(site, door, lambda http: http.get(site.url("/a")))
    assert answer.text() == "水壶漏水"


@pytest.mark.parametrize("status", [500, 502, 503])
def test_server_trouble_is_retried_then_raised(site, door, reply, time, status):
    site.play("/a", reply(status=status))
    with pytest.raises(Unreachable):
        run(site, door, lambda http: http.get(site.url("/a")))
    assert len(site.asked) == 4
    assert [nap for nap in time.naps if nap >= 1] == [1.0, 2.0, 4.0]


def test_a_body_that_breaks_off_is_fetched_again(site, door, reply):
    site.play("/a", reply(b"x" * 5000, cut=True), reply(b"whole"))
    assert run(site, door, lambda http: http.get(site.url("/a"))).body == b"whole"


def test_a_refused_connection_is_unreachable(site, door):
    with pytest.raises(Unreachable):
        run(site, lambda s: door(s, allow=("127.0.0.1",)), lambda http: http.get("http://127.0.0.1:9/a"))


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthNeeded), (403, AuthNeeded), (432, AuthNeeded), (404, Gone), (410, Gone), (400, Malformed)],
)
def test_refusals_are_typed_and_not_repeated(site, door, reply, status, kind):
    site.play("/a", reply(status=status))
    with pytest.raises(kind):
        run(site, door, lambda http: http.get(site.url("/a")))
    assert len(site.asked) == 1


def test_a_login_page_in_place_of_data_needs_a_key(site, door, reply):
    site.play("/a", reply("<html><form action=/login><input type=password></form></html>"))
    with pytest.raises(AuthNeeded):
        run(site, door, lambda http: http.get(site.url("/a"))).json()


@pytest.mark.parametrize("body", [b'{"hits": [{"objec', b"", b"<html>maintenance</html>", b"\xff\xfe{", b"[" * 50_000])
def test_a_broken_json_answer_is_malformed(site, door, reply, body):
    site.play("/a", reply(body))
    with pytest.raises(Malformed) as caught:
        run(site, door, lambda http: http.get(site.url("/a"))).json()
    assert "/a" in caught.value.where


def test_conditional_requests_go_out_and_304_comes_back(site, door, reply):
    def answer(request):
        return (
            reply(status=304)
            if request.headers.get("If-None-Match") == '"v1"'
            else reply("a", headers={"ETag": '"v1"'})
        )

    site.play("/a", answer)

    async def job(http):
        first = await http.get(site.url("/a"))
        return first, await http.get(site.url("/a"), validators=first.validators)

    first, second = run(site, door, job)
    assert not first.not_modified
    assert second.not_modified


def test_a_permanent_move_is_told_and_a_temporary_one_is_not(site, door, reply):
    site.play("/old", reply(status=301, headers={"Location": "/new"}))
    site.play("/now", reply(status=302, headers={"Location": "/new"}))
    site.play("/new", reply("here"))

    async def job(http):
        return await http.get(site.url("/old")), await http.get(site.url("/now"))

    old, temporary = run(site, door, job)
    assert old.moved is not None
    assert old.moved.endswith("/new")
    assert temporary.moved is None


def test_a_redirect_loop_ends(site, door, reply):
    site.play("/a", reply(status=302, headers={"Location": "/a"}))
    with pytest.raises(Malformed, match="redirects"):
        run(site, door, lambda http: http.get(site.url("/a")))


@pytest.mark.parametrize("target", ["http://169.254.169.254/latest/meta-data", "http://[::1]/", "file:///etc/passwd"])
def test_a_redirect_into_our_own_network_is_refused(site, door, reply, target):
    site.play("/a", reply(status=302, headers={"Location": target}))
    with pytest.raises(Refused):
        run(site, door, lambda http: http.get(site.url("/a")))


def test_keys_do_not_follow_a_redirect_to_another_site(site, door, reply):
    site.play("/b", reply("{}"))
    site.play("/a", lambda request: reply(status=302, headers={"Location": f"http://localhost:{request.url.port}/b"}))

    async def main():
        async with site:
            port = site.host.partition(":")[2]
            async with door(site, allow=(site.host, f"localhost:{port}")) as http:
                await http.get(site.url("/a"), headers={"Authorization": "Bearer very-secret-value"})

    asyncio.run(main())
    assert "Authorization" in site.asked[0].headers
    assert "Authorization" not in site.asked[1].headers


@pytest.mark.parametrize("header", ["Api-Key", "User-Api-Key", "X-Any-Secret"])
def test_no_header_that_could_be_a_key_leaves_its_site(site, door, reply, header):
    site.play("/b", reply("{}"))
    site.play("/a", lambda request: reply(status=302, headers={"Location": f"http://localhost:{request.url.port}/b"}))

    async def main():
        async with site:
            port = site.host.partition(":")[2]
            async with door(site, allow=(site.host, f"localhost:{port}")) as http:
                await http.get(site.url("/a"), headers={header: "secret", "Accept": "text/x"})

    asyncio.run(main())
    first, second = site.asked
    assert (header in first.headers, header in second.headers) == (True, False)
    assert second.headers["Accept"] == "text/x"


@pytest.mark.parametrize("target", ["http://169.254.169.254/latest", "http://[::1]:9/", "http://localhost:9/"])
def test_a_websocket_that_redirects_into_our_own_network_is_refused(site, door, reply, target):
    site.play("/ws", reply(status=302, headers={"Location": target}))

    async def job(http):
        async for _ in http.listen(site.url("/ws"), idle_s=1.0):
            raise AssertionError("nothing is to be heard there")

    with pytest.raises(Refused):
        run(site, door, job)


def test_an_answer_that_unpacks_without_end_is_stopped(site, door, reply):
    bomb = gzip.compress(b"\0" * 30_000_000)
    site.play("/a", reply(bomb, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(Malformed, match="longer than"):
        run(site, door, lambda http: http.get(site.url("/a")))


def test_secrets_are_in_no_error_and_no_log(site, door, reply, caplog):
    site.play("/a", reply(status=403))
    caplog.set_level(logging.DEBUG)

    async def job(http):
        http.hide("s3cr3t-value")
        with pytest.raises(AuthNeeded) as caught:
            await http.get(site.url("/a"), params={"api_key": "abcdef", "q": "s3cr3t-value"})
        return str(caught.value)

    text = run(site, door, job) + "".join(r.getMessage() for r in caplog.records if r.name.startswith("collectors"))
    assert "abcdef" not in text
    assert "s3cr3t-value" not in text
    assert "api_key=" in text


def test_robots_is_obeyed_for_pages_only(site, door, reply, time):
    site.play("/robots.txt", reply("User-agent: *\nDisallow: /private\nCrawl-delay: 7\n"))
    site.play("/private/a", reply("x"))
    site.play("/open", reply("x"))

    async def job(http):
        await http.get(site.url("/private/a"))
        with pytest.raises(Disallowed):
            await http.get(site.url("/private/a"), page=True)
        before = time.clock()
        await http.get(site.url("/open"), page=True)
        await http.get(site.url("/open"), page=True)
        return (time.clock() - before).total_seconds()

    assert run(site, door, job) >= 7
    assert [request.path for request in site.asked].count("/robots.txt") == 1


def test_an_endless_robots_file_is_read_as_far_as_rules_reach(site, door, reply):
    rules = "User-agent: *\nDisallow: /secret\n" + "# x\n" * 500_000 + "Disallow: /\n"
    site.play("/robots.txt", reply(rules, headers={"Content-Type": "text/plain"}))
    site.play("/open", reply("x"))
    site.play("/secret", reply("x"))
    assert run(site, door, lambda http: http.get(site.url("/open"), page=True)).body == b"x"
    with pytest.raises(Disallowed):
        run(site, door, lambda http: http.get(site.url("/secret"), page=True))


def test_a_site_whose_robots_cannot_be_read_is_left_alone(site, door, reply):
    site.play("/robots.txt", reply(status=500))
    site.play("/a", reply("x"))
    with pytest.raises(Unreachable):
        run(site, door, lambda http: http.get(site.url("/a"), page=True))


def test_a_name_that_resolves_to_this_machine_is_refused():
    async def main():
        async with Http(now, attempts=1) as http:
            await http.get("http://localhost:1/")

    with pytest.raises(Refused):
        asyncio.run(main())
