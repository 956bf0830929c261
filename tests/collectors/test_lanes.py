import asyncio
import threading

import pytest

from collectors.lanes import LANES, aside


def test_of_many_jobs_two_work_at_once_and_all_get_done():
    guard, at_work, most = threading.Lock(), [0], [0]
    pair = threading.Barrier(2, timeout=30)  # passed by two at once, so that two do work at once

    def job(number):
        with guard:
            at_work[0] += 1
            most[0] = max(most[0], at_work[0])
        pair.wait()
        with guard:
            at_work[0] -= 1
        return number

    async def main():
        return await asyncio.gather(*(aside(job, number) for number in range(6)))

    assert asyncio.run(main()) == list(range(6))
    assert most == [2]


def test_a_job_that_fails_leaves_its_lane():
    async def main():
        for _ in range(3):
            with pytest.raises(ValueError, match="x"):
                await aside(int, "x")

    asyncio.run(main())
    assert LANES.acquire(timeout=0)
    LANES.release()
