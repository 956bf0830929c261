"""A stream that says nothing ends; one whose reader is busy does not."""

import asyncio

from aiohttp import web
from aiohttp.test_utils import TestServer

from collectors.http import Http
from groundswell.clock import now


def heard(script, idle_s, pause_s=0.0):
    """What is heard of a server that plays `script` (texts, and seconds of silence) when the reader pauses."""

    async def play(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for part in script:
            if isinstance(part, str):
                await socket.send_str(part)
            else:
                await asyncio.sleep(part)
        await socket.close()
        return socket

    async def main():
        app = web.Application()
        app.router.add_get("/ws", play)
        found = []
        async with TestServer(app) as server, Http(now, allow=(f"127.0.0.1:{server.port}",)) as http:
            async for text in http.listen(f"http://127.0.0.1:{server.port}/ws", idle_s=idle_s):
                found.append(text)
                await asyncio.sleep(pause_s)
            left = {task for task in asyncio.all_tasks() if "Watched" in repr(task.get_coro())}
            await asyncio.sleep(0)
            return found, [task for task in left if not task.done()]

    return asyncio.run(main())


def test_silence_ends_a_stream_without_an_error():
    assert heard(["a", "b", 3600.0, "c"], idle_s=0.5) == (["a", "b"], [])


def test_what_the_reader_does_between_two_messages_is_no_silence():
    assert heard(["a", "b", "c"], idle_s=0.5, pause_s=0.8)[0] == ["a", "b", "c"]
