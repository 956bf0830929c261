"""How each source in the table is built over the local site, and which answers of ours it is played."""

import functools
import importlib
import json

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from groundswell import plugins

SOURCES = plugins.BUILT_IN["groundswell.collectors"]

RECORDINGS = {
    **{name: f"{name}.json" for name in SOURCES},
    "bluesky": "bluesky.jsonl", "feeds": "feeds.xml", "files": "files.csv", "mail": "mail.mbox",
    "imap": "imap.mbox", "mediacrawler": "mediacrawler.jsonl", "reddit_atom": "reddit_atom.xml",
    "review_pages": "review_pages.html", "weibosearch": "weibosearch.csv", "zeeschuimer": "zeeschuimer.ndjson",
}  # fmt: skip
FROM_FILE = ("files", "mail", "weibo", "bilibili", "mediacrawler", "weibosearch", "zeeschuimer")
ORIGINS = {"github_discussions": {"github"},
           "reddit_atom": {"reddit"}, "weibo_api": {"weibo"}, "weibosearch": {"weibo"},
           "zeeschuimer": {"xiaohongshu", "douyin", "x"}}  # fmt: skip
"""Sources whose posts are those of another source, so that the same post is the same post."""
OTHERWISE = ("bluesky", "imap", "webhook")  # walked in their own tests: they do not ask by HTTP


def load(name):
    module, _, attribute = SOURCES[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


@functools.cache
def private_key(kind):
    made = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    shape = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return made.private_bytes(serialization.Encoding.PEM, *shape).decode()


def apple_key(tmp_path):
    (tmp_path / "AuthKey.p8").write_text(private_key("ec"))
    return str(tmp_path / "AuthKey.p8")


def google_key(tmp_path, url):
    key = {"client_email": "a@b.example", "private_key": private_key("rsa"), "token_uri": f"{url}/token"}
    (tmp_path / "key.json").write_text(json.dumps(key))
    return str(tmp_path / "key.json")


def options(name, site, tmp_path, raw):
    """What a collector needs to read the local site, or a file."""
    if name in FROM_FILE:
        path = tmp_path / RECORDINGS[name]
        path.write_bytes(raw)
        return {"path": str(path), **({"platform": "xhs"} if name == "mediacrawler" else {})}
    secret, url = "secret-value", site.url()
    return {
        "appstore": {"app": 1, "base": url}, "bluesky": {"endpoint": f"{url}/subscribe", "idle_s": 0.2},
        "appstoreconnect": {"apps": [1], "issuer": "i", "key_id": "k", "key_file": apple_key(tmp_path), "base": url},
        "github_discussions": {"repositories": ["a/b"], "token": secret, "base": url},
        "googlebusiness": {"locations": ["accounts/1/locations/2"], "client_id": "i", "client_secret": secret,
                           "refresh_token": secret, "base": url, "token_url": f"{url}/token"},
        "googleplay": {"package": "a.b", "key_file": google_key(tmp_path, url), "base": url},
        "imap": {"host": "127.0.0.1", "user": "u", "password": secret},
        "reddit_atom": {"subreddits": ["kitchen"], "base": url},
        "review_pages": {"urls": [site.url("/reviews")]},
        "slack": {"token": secret, "channels": ["C1"], "base": url},
        "trustpilot": {"business_unit": "b1", "key": secret, "base": url},
        "webhook": {"secret": "secret-value-of-16"}, "weibo_api": {"token": secret, "base": url, "comments": False},
        "discourse": {"url": url, "key": secret}, "feeds": {"url": site.url("/feed")},
        "github": {"repositories": ["a/b"], "comments": False, "token": secret, "base": url},
        "hackernews": {"base": url, "firebase": url},
        "lemmy": {"instance": url, "comments": False}, "mastodon": {"instance": url, "token": secret},
        "reddit": {"client_id": "id", "client_secret": secret, "user_agent": "test:groundswell:1",
                   "subreddits": ["kitchen"], "reddit_url": url, "oauth_url": url},
        "stackexchange": {"key": secret, "base": url}, "steam": {"apps": [1], "base": url},
        "telegram": {"token": secret, "base": url},
        "x": {"token": secret, "query": "q", "dollars_per_day": 5, "base": url},
        "youtube": {"key": secret, "videos": ["vid1"], "base": url},
        "freshdesk": {"url": url, "key": secret}, "intercom": {"token": secret, "base": url},
        "zendesk": {"url": url, "email": "a@b.example", "token": secret},
    }[name]  # fmt: skip


PLAYED = {
    "appstore": ["/us/rss/customerreviews/page=1/id=1/sortby=mostrecent/json"], "bluesky": ["/subscribe"],
    "freshdesk": ["/api/v2/tickets"], "intercom": ["/conversations/search"],
    "discourse": ["/posts.json"], "feeds": ["/feed"], "github": ["/repos/a/b/issues"],
    "hackernews": ["/api/v1/search_by_date"], "lemmy": ["/api/v3/post/list"],
    "mastodon": ["/api/v1/timelines/public"], "reddit": ["/r/kitchen/new", "/r/kitchen/comments"],
    "stackexchange": ["/2.3/search/advanced"], "steam": ["/appreviews/1"],
    "telegram": ["/botsecret-value/getUpdates"], "x": ["/2/tweets/search/recent"],
    "appstoreconnect": ["/v1/apps/1/customerReviews"],
    "github_discussions": ["/graphql"],
    "googlebusiness": ["/v4/accounts/1/locations/2/reviews"],
    "googleplay": ["/androidpublisher/v3/applications/a.b/reviews"], "reddit_atom": ["/r/kitchen/new/.rss"],
    "review_pages": ["/reviews"], "slack": ["/api/conversations.history"],
    "trustpilot": ["/v1/business-units/b1/reviews"], "weibo_api": ["/2/statuses/mentions.json"],
    "youtube": ["/youtube/v3/commentThreads"], "zendesk": ["/api/v2/incremental/tickets/cursor.json"],
}  # fmt: skip
PAGED = {
    "appstore": b'{"feed": {}}',
    "freshdesk": b"[]",
    "lemmy": b'{"posts": []}',
    "weibo_api": b'{"statuses": []}',
}  # asked for further pages until one is empty
TOKEN = json.dumps({"access_token": "t", "token_type": "bearer", "expires_in": 3600, "scope": "*"})


def play(name, site, *replies, reply):
    site.play("/api/v1/access_token", reply(TOKEN, headers={"Content-Type": "application/json"}))
    site.play("/token", reply(TOKEN, headers={"Content-Type": "application/json"}))
    site.play("/us/rss/customerreviews/page=2/id=1/sortby=mostrecent/json", reply(PAGED["appstore"]))
    for path in PLAYED.get(name, ()):
        site.play(path, *replies)


def answering(name, raw, reply):
    """Play the recording on the first page and nothing on later ones, as the source would."""

    def answer(request):
        is_later = request.query.get("page", "1") != "1" or {"max_id", "filter"} & set(request.query)
        return reply(PAGED[name] if is_later and name in PAGED else raw, headers={"Content-Type": "application/json"})

    return answer


def time_of(http):
    return http._clock  # the test's own clock, which the door already holds
