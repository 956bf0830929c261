"""`groundswell story`: people merge, split and name stories, and see who did."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundswell.terminal import DEFAULT, ConfigPath, Json, configured, show

if TYPE_CHECKING:
    from storage.records import StoryEdit
    from storage.store import Store

MOST_POSTS = 100_000  # of one story that words can choose at once
SOMEBODY = "command line"

app = typer.Typer(no_args_is_help=True, help="Merge, split and rename stories; old ids lead on to where posts went.")
By = Annotated[str, typer.Option(help="Who does it, for the log.")]
StoryId = Annotated[str, typer.Argument(help="Its id, as `story list` and the page's address show it.")]


@app.command(name="list")
def list_(
    config: ConfigPath = DEFAULT,
    brand: Annotated[str, typer.Option(help="Only this brand.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Those merged away too.")] = False,
    as_json: Json = False,
) -> None:
    """Print the stories, those with most negative posts first."""
    with _store(config) as store:
        found = [row for row in store.stories(brand or None) if every or row.merged_into is None]
    for row in sorted(found, key=lambda r: (-r.negative, r.story)):
        line = {
            "story": row.story, "brand": row.brand, "posts": row.posts, "negative": row.negative,
            "first_at": row.first_at.isoformat(), "merged_into": row.merged_into, "title": row.title,
            "title_by": row.title_by,
        }  # fmt: skip
        leads = f" → {row.merged_into}" if row.merged_into else ""
        show(line, as_json, f"{row.story}{leads}\t{row.brand}\t{row.negative}/{row.posts}\t{row.title}")


@app.command()
def merge(
    story: StoryId,
    into: Annotated[str, typer.Argument(help="The story that stays.")],
    config: ConfigPath = DEFAULT,
    by: By = SOMEBODY,
    as_json: Json = False,
) -> None:
    """Count all posts of STORY, and later ones like them, under INTO; links to STORY lead there."""
    with _store(config) as store:
        done = store.merge_stories(story, into, by)
    show(_row(done), as_json, f"{done.count} posts of {story} now count under {into}; links to {story} lead there")


@app.command()
def split(
    story: StoryId,
    post: Annotated[list[int] | None, typer.Option(help="A post that goes; may be given again.")] = None,
    words: Annotated[str, typer.Option(help="Its posts that hold all of these words go.")] = "",
    title: Annotated[str, typer.Option(help="Of the new story; else the machine names it.")] = "",
    config: ConfigPath = DEFAULT,
    by: By = SOMEBODY,
    as_json: Json = False,
) -> None:
    """Move some posts of STORY, with the answers to them, into a new story; later posts go to the nearer one."""
    from trends.retelling import retell

    if not post and not words.strip():
        raise typer.BadParameter("say which posts go: --post ID, or --words")
    with _store(config) as store:
        ids = {*(post or ())}
        if words.strip():
            ids |= {found.id for found in store.search(words, story=story, limit=MOST_POSTS)}
        done = store.split_story(story, sorted(ids), by, retell=retell, title=title)
    show(_row(done), as_json, f"{done.count} posts went from {story} to the new story {done.into}")


@app.command()
def rename(
    story: StoryId,
    title: Annotated[str, typer.Argument(help="What it is called from now on.")],
    config: ConfigPath = DEFAULT,
    by: By = SOMEBODY,
    as_json: Json = False,
) -> None:
    """Give STORY a name that the machine leaves alone."""
    with _store(config) as store:
        done = store.rename_story(story, title, by)
    show(_row(done), as_json, f"{story} is called: {done.title}")


@app.command()
def log(
    story: Annotated[str | None, typer.Argument(help="Only what was done to this one.")] = None,
    config: ConfigPath = DEFAULT,
    as_json: Json = False,
) -> None:
    """Print who did what to stories, and when."""
    with _store(config) as store:
        edits = store.story_edits(story=story)
    for done in edits:
        into = f" → {done.into}" if done.into else ""
        text = f"{done.at:%Y-%m-%d %H:%M} {done.by}: {done.story} {done.what}{into}"
        show(
            _row(done), as_json, text + (f", {done.count} posts" if done.into else "") + f" {done.title or ''}".rstrip()
        )


def _row(done: "StoryEdit") -> dict[str, Any]:
    return {
        "id": done.id, "at": done.at.isoformat(), "by": done.by, "brand": done.brand, "what": done.what.value,
        "story": done.story, "into": done.into, "count": done.count, "negative": done.negative, "title": done.title,
    }  # fmt: skip


@contextmanager
def _store(config: Path) -> Iterator["Store"]:
    from groundswell import clock
    from storage.store import open_store

    store = open_store(configured(config).store_path(), clock.now)
    try:
        yield store
    finally:
        store.close()
