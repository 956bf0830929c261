"""The first five minutes: write a configuration that explains itself, and check one."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import AsyncExitStack, aclosing, closing, contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, TextIO

from collectors.budget import Budget, requests_of
from collectors.contract import Closes, Spends
from collectors.http import Http
from collectors.recordings import write_cassette
from groundswell import plugins
from groundswell.clock import now
from groundswell.config import Config, plugin_options, read_config, resolve
from groundswell.errors import Exhausted, InputError, Throttled, UnknownName
from groundswell.matching import matches
from groundswell.sections import Receiver, Source
from groundswell.types import Page
from models.readers import open_reader
from storage.engine import refuse_foreign
from storage.store import Store, open_store


def write(path: Path) -> None:
    """Write the explained configuration to `path`. Raises InputError rather than overwrite a file."""
    text = (resources.files("groundswell") / "groundswell.toml").read_text(encoding="utf-8")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise InputError(str(path), "is there already", "give another name, or move the old file away") from error
    except OSError as error:
        raise InputError(str(path), error.strerror or str(error), "choose a folder that can be written to") from error


def check(path: Path) -> dict[str, Any]:
    """Read the configuration, look its secrets up, load the weights; returns what was found, raises what is wrong."""
    config = read_config(path)
    items: list[Source | Receiver] = [*config.sources, *config.receivers]
    for item in items:
        options(path, item)
    if config.privacy.key:
        resolve("privacy.key", config.privacy.key)
    model = config.model
    return {
        "configuration": str(path),
        "brands": ", ".join(b.name for b in config.brands) or "none: add [[brands]]",
        "sources": ", ".join(f"{s.name} ({s.type})" for s in config.sources) or "none: add [[sources]]",
        "receivers": ", ".join(f"{r.name} ({r.type})" for r in config.receivers) or "none: add [[receivers]]",
        "store": _store(config),
        "model": open_reader(model.folder, backend=model.backend, threads=1, labels=model.labels).name,
    }


def check_source(path: Path, name: str, record: Path | None = None) -> dict[str, Any]:
    """Ask one configured source for its first page, as a run would; only the cost and a wish for quiet are stored.

    `record` is a file to be made (0600) of the answers that came through the door, without secrets; a source that
    fails is recorded too. A source that asked for quiet is not asked before that is over.

    Returns what came, and the limits that hold there. Raises UnknownName, else what the source
    raises: AuthNeeded for a wrong key, Throttled, Unreachable, Gone, Malformed.
    """
    config = read_config(path)
    source = next((s for s in config.sources if s.name == name), None)
    if source is None:
        known = ", ".join(s.name for s in config.sources) or "none"
        raise UnknownName(name, "no such source, and no such file", f"configured in {path}: {known}")
    return asyncio.run(_ask(path, config, source, record))


async def _ask(path: Path, config: Config, source: Source, record: Path | None) -> dict[str, Any]:
    kind, budget = plugins.load("groundswell.collectors", source.type), requests(source)
    async with Http(now, allow=config.http.allow) as http, AsyncExitStack() as kept:
        if record is not None:
            tape = kept.enter_context(_new_file(record))
            kept.callback(write_cassette, tape, http.record())
        made = collector(path, source, http.counted(budget) if budget else http)
        async with AsyncExitStack() as stack:
            if isinstance(made, Closes):
                stack.push_async_callback(made.close)
            if isinstance(made, Spends) or budget or config.store_path().exists():
                store = stack.enter_context(closing(open_store(config.store_path(), now)))
                _prepare(store, source.name, made, budget)
                stack.enter_context(_remembered(store, source.name))
            walk = await stack.enter_async_context(aclosing(made.pages({})))
            page = await anext(walk, Page(posts=(), cursor={}))
        told = http.quotas()
    newest = max((post.created_at for post in page.posts), default=None)
    about = {
        q.brand: sum(matches(q, p.text, lang=p.lang, source=p.source) for p in page.posts) for q in config.queries()
    }
    return {
        "source": source.name, "type": source.type, "posts": len(page.posts), "about": about,
        "newest": newest.isoformat() if newest else None, "gap": page.gap,
        "pace": f"{kind.limit[0]} requests in {kind.limit[1]:g} s", "told": told, "terms": kind.terms,
    }  # fmt: skip


def _prepare(store: Store, name: str, made: Any, budget: Budget | None) -> None:
    """Book where a run would. Raises Throttled while the source wants to be left alone, whoever it said that to."""
    until = store.throttled_until(name)
    if until is not None and until > now():
        raise Throttled(name, until)
    if isinstance(made, Spends):
        made.budget.keep(store, name)
    if budget is not None:
        budget.keep(store, requests_of(name))


@contextmanager
def _remembered(store: Store, name: str) -> Iterator[None]:
    """Keep what the source asks now for whoever comes next; our own budget is kept in its booking."""
    try:
        yield
    except Throttled as error:
        if not isinstance(error, Exhausted):
            store.source_failed(name, f"{type(error).__name__}: {error}", error.until)
        raise


def requests(source: Source) -> Budget | None:
    """What a configured source may ask in a day, None for as much as its pace allows."""
    return Budget(now, source.name, source.requests_per_day) if source.requests_per_day else None


def collector(path: Path, source: Source, http: Http) -> Any:
    """Build a configured source; the door hides what came from the environment, whatever the source does with it.

    Raises ConfigError for its keys.
    """
    given = options(path, source)
    for key, value in given.items():
        if str((source.model_extra or {}).get(key)).startswith("env:"):
            http.hide(str(value))
    return plugins.load("groundswell.collectors", source.type)(http, now, **given)


def _new_file(path: Path) -> TextIO:
    try:
        return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
    except OSError as error:
        raise InputError(str(path), error.strerror or str(error), "give the name of a file to be made") from error


def options(path: Path, item: Source | Receiver) -> dict[str, Any]:
    """A plugin's checked options with its secrets looked up. Raises ConfigError naming the missing variable."""
    group = "groundswell.collectors" if isinstance(item, Source) else "groundswell.receivers"
    return {key: resolve(f"{item.name}.{key}", value) for key, value in plugin_options(path, group, item).items()}


def _store(config: Config) -> str:
    path = config.store_path()
    folder = path.parent if str(path.parent) else Path()
    if not folder.is_dir():
        raise InputError(str(folder), "is no folder", "create it, or change store.path")
    if not os.access(folder, os.W_OK):
        raise InputError(str(folder.absolute()), "cannot be written", "change its rights, or store.path")
    if path.exists():
        refuse_foreign(path)
    return f"{path} ({'there' if path.exists() else 'made at the first run'})"
