"""The real process of `groundswell run`, with the keyword reader and quick turns, for the kill test to shoot at."""

import asyncio
import signal
import sys
from pathlib import Path

from collectors.http import Http
from groundswell import clock, run
from groundswell.assemble import assemble
from groundswell.config import pseudonym_key, read_config
from tests.groundswell.keyword_reader import KeywordReader


async def main(path: Path) -> None:
    config = read_config(path)
    run.BATCH, run.IDLE_S, run.LOOK_S, run.SEND_S = (
        25,
        0.01,
        0.1,
        0.05,
    )  # many small transactions: many places to die in
    parts = assemble(
        store_path=config.store_path(),
        queries=config.queries(),
        key=pseudonym_key(config),
        clock=clock.now,
        reader=KeywordReader(),
        wishes=config.receivers,
        lease_s=0.2,
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with Http(clock.now) as http:
        monitor = run.Monitor(config, parts, http)
        print("ready", flush=True)
        await monitor.forever(stop)
    parts.store.close()


asyncio.run(main(Path(sys.argv[1])))
