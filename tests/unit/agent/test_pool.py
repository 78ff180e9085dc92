import threading

from agent.pool import Pool
from tests.waiting import until


def test_so_many_jobs_are_done_at_once_and_all_of_them_in_the_end() -> None:
    pool, let_go, lock = Pool(3, "test"), threading.Event(), threading.Lock()
    running, most, done = 0, 0, 0

    def job() -> None:
        nonlocal running, most, done
        with lock:
            running += 1
            most = max(most, running)
        let_go.wait(10)
        with lock:
            running -= 1
            done += 1

    for _ in range(20):
        pool.put(job)
    until(lambda: running == 3)
    let_go.set()
    until(lambda: done == 20)
    assert most == 3


def test_no_thread_is_begun_that_is_not_needed() -> None:
    pool = Pool(8, "lazy")
    for number in range(20):
        done = threading.Event()
        pool.put(done.set)
        assert done.wait(10), number
        until(lambda: pool._unfinished == 0)
    assert pool._threads == 1
