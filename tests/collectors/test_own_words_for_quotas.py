"""Sources that say in words of their own, not by a status or a header, that they were asked too often."""

import json
from datetime import timedelta

import pytest

from collectors.github_discussions import GitHubDiscussions
from collectors.stackexchange import StackExchange
from collectors.weibo_api import WeiboApi
from groundswell.errors import AuthNeeded, Malformed, Throttled
from tests.collectors.conftest import run


async def first(source):
    return await anext(source.pages({}))


def asked(site, door, path, answer, make):
    site.play(path, answer)
    return run(site, door, lambda http: first(make(http)))


@pytest.mark.parametrize(
    ("body", "kind", "wait"),
    [
        ({"error_id": 502, "error_name": "throttle_violation", "error_message":
          "too many requests from this IP, more requests available in 4000 seconds"}, Throttled, 4000),
        ({"error_id": 502, "error_name": "throttle_violation", "error_message": "simulated"}, Throttled, 3600),
        ({"error_id": 400, "error_name": "bad_parameter", "error_message": "site is required"}, Malformed, None),
        ({"error_id": 403, "error_name": "access_denied", "error_message": "key"}, AuthNeeded, None),
        ("no json", Malformed, None),
    ],
)  # fmt: skip
def test_stack_exchange_throttles_with_400(site, door, reply, time, body, kind, wait):
    answer = reply(body if isinstance(body, str) else json.dumps(body), status=400)
    with pytest.raises(kind) as caught:
        asked(
            site, door, "/2.3/search/advanced", answer,
            lambda http: StackExchange(http, time.clock, site="stackoverflow", base=site.url()),
        )  # fmt: skip
    if wait:
        assert caught.value.until == time.clock() + timedelta(seconds=wait)


@pytest.mark.parametrize("status", [200, 400, 403])
@pytest.mark.parametrize(("number", "kind"), [(10023, Throttled), (21327, AuthNeeded)])
def test_weibos_numbers_count_whatever_the_status(site, door, reply, time, status, number, kind):
    answer = reply(json.dumps({"error": "no", "error_code": number}), status=status)
    with pytest.raises(kind):
        asked(
            site, door, "/2/statuses/mentions.json", answer,
            lambda http: WeiboApi(http, time.clock, token="the-token", base=site.url()),
        )  # fmt: skip


@pytest.mark.parametrize(("status", "kind"), [(400, Malformed), (403, AuthNeeded)])
def test_a_refusal_of_weibo_without_a_number_is_one(site, door, reply, time, status, kind):
    with pytest.raises(kind):
        asked(
            site, door, "/2/statuses/mentions.json", reply("<html>no</html>", status=status),
            lambda http: WeiboApi(http, time.clock, token="the-token", base=site.url()),
        )  # fmt: skip


def test_graphqls_200_about_a_limit_waits(site, door, reply, time):
    answer = reply(json.dumps({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}))
    with pytest.raises(Throttled):
        asked(
            site, door, "/graphql", answer,
            lambda http: GitHubDiscussions(http, time.clock, repositories=["a/b"], token="the-token", base=site.url()),
        )  # fmt: skip
