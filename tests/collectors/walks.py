"""Drive a source over the local site: walk it, from cursors as the store keeps them, or look at known posts again."""

import asyncio
import json

from aiohttp import web

SENT = web.RequestKey("sent", bytes)
"""Where the local site keeps what a request brought."""


def drive(site, door, make, *cursors):
    """Walk once per cursor (a callable makes it from the walks so far); return the pages of each walk."""

    async def main():
        async with site, door(site) as http:
            source, walks = make(http), []
            for cursor in cursors or ({},):
                given = cursor(walks) if callable(cursor) else cursor
                walks.append([page async for page in source.pages(json.loads(json.dumps(dict(given))))])
            return walks

    return asyncio.run(main())


def look_again(site, door, make, ids):
    """The pages of one second look at these ids."""

    async def main():
        async with site, door(site) as http:
            return [page async for page in make(http).recheck(ids)]

    return asyncio.run(main())


def last(walks):
    return walks[-1][-1].cursor


def ids(pages):
    return [post.external_id for page in pages for post in page.posts]


def gone(pages):
    return [name for page in pages for name in page.gone]
