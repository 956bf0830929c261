"""Sources and receivers by name: our own table first, then what other packages offer by entry point."""

import importlib
import inspect
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

from groundswell.errors import InputError

BUILT_IN: Mapping[str, Mapping[str, str]] = {
    "groundswell.collectors": {
        "appstore": "collectors.appstore:AppStore",
        "appstoreconnect": "collectors.appstoreconnect:AppStoreConnect",
        "bilibili": "collectors.bilibili:Bilibili",
        "bluesky": "collectors.bluesky:Bluesky",
        "discourse": "collectors.discourse:Discourse",
        "feeds": "collectors.feeds:Feeds",
        "files": "collectors.files:Files",
        "freshdesk": "collectors.freshdesk:Freshdesk",
        "github": "collectors.github:GitHub",
        "github_discussions": "collectors.github_discussions:GitHubDiscussions",
        "googlebusiness": "collectors.googlebusiness:GoogleBusiness",
        "googleplay": "collectors.googleplay:GooglePlay",
        "hackernews": "collectors.hackernews:HackerNews",
        "imap": "collectors.imap:Imap",
        "intercom": "collectors.intercom:Intercom",
        "lemmy": "collectors.lemmy:Lemmy",
        "mail": "collectors.mail:Mail",
        "mastodon": "collectors.mastodon:Mastodon",
        "mediacrawler": "collectors.mediacrawler:MediaCrawler",
        "reddit": "collectors.reddit:Reddit",
        "reddit_atom": "collectors.reddit_atom:RedditAtom",
        "review_pages": "collectors.review_pages:ReviewPages",
        "slack": "collectors.slack:Slack",
        "stackexchange": "collectors.stackexchange:StackExchange",
        "steam": "collectors.steam:Steam",
        "telegram": "collectors.telegram:Telegram",
        "trustpilot": "collectors.trustpilot:Trustpilot",
        "webhook": "collectors.webhook:Webhook",
        "weibo": "collectors.weibo:Weibo",
        "weibo_api": "collectors.weibo_api:WeiboApi",
        "weibosearch": "collectors.weibosearch:WeiboSearch",
        "x": "collectors.x:X",
        "youtube": "collectors.youtube:YouTube",
        "zeeschuimer": "collectors.zeeschuimer:Zeeschuimer",
        "zendesk": "collectors.zendesk:Zendesk",
    },
    "groundswell.receivers": {
        "console": "alerts.receivers.console:Console",
        "email": "alerts.receivers.mail:Email",
        "webhook": "alerts.receivers.webhook:Webhook",
    },
}
"""Group → name → "module:attribute". Adding a plugin of our own is one row here."""


def names(group: str) -> list[str]:
    """Every known name of `group`, sorted."""
    return sorted({*BUILT_IN[group], *(point.name for point in entry_points(group=group))})


def load(group: str, name: str) -> Any:
    """Import and return the class behind `name`. Raises InputError naming what there is."""
    path = BUILT_IN[group].get(name)
    if path is None:
        for point in entry_points(group=group, name=name):
            return point.load()
        kind = group.rsplit(".", 1)[1]
        raise InputError(name, f"unknown name among {kind}", f"known: {', '.join(names(group))}")
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)


def options(plugin: Any) -> dict[str, tuple[Any, Any]]:
    """The keyword arguments a plugin takes: name → (annotation, default or inspect.Parameter.empty).

    Arguments annotated with a class of ours (the http door, a clock) are handed in by the pipeline and left out here:
    by convention they come before the bare `*`.
    """
    parameters = inspect.signature(plugin.__init__, eval_str=True).parameters.values()
    return {p.name: (p.annotation, p.default) for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}
