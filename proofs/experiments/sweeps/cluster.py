"""A Dask cluster: one starts here, or one is joined, and whatever it does wrong is one sentence."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from importlib import import_module
from typing import Any, TypeVar

from constructions.errors import InputError

ADDRESS = re.compile(r"(?:(?:tcp|tls)://)?[^\s/:]+:[0-9]{1,5}")
ANSWER = 8  # seconds for a scheduler to answer, and to come back when it was lost
PATIENCE, AT_MOST = 5, 12  # seconds without workers until that is said, and until it is an error

Result = TypeVar("Result")


class ClusterError(InputError):
    """A cluster that cannot measure on; rows that were measured are kept."""


@contextmanager
def results(
    work: Sequence[tuple[Any, ...]],
    measure: Callable[..., Result],
    jobs: int,
    scheduler: str | None,
    tell: Callable[[str], None],
) -> Iterator[Iterator[Result]]:
    """Yield measure(*arguments) of all work, as they are done, in any order.

    Parameters
    ----------
    jobs : workers of a cluster that starts here; of one at ``scheduler`` all are used
    scheduler : an address such as tcp://HOST:8786, or tls://HOST:8786 with Dask's own configuration
        of certificates; None starts a cluster here
    tell : hears of waiting for workers, of their threads, and of workers that leave

    Raises InputError for an address that is none, ClusterError if no scheduler answers there, if no
    worker joins, or if tasks cannot be measured, and ImportError without Dask.
    """
    if scheduler is not None and not ADDRESS.fullmatch(scheduler):
        expected = "expected HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT"
        raise InputError(f"scheduler = {scheduler!r}: {expected}")
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise ImportError("the backend 'dask' needs Dask: install pmone with [cluster]") from None
    with _quiet():
        if scheduler is None:
            with (
                distributed.LocalCluster(
                    n_workers=jobs, threads_per_worker=1, dashboard_address=None
                ) as cluster,
                distributed.Client(cluster) as client,
            ):
                yield _results(distributed, client, work, measure, "the local cluster", tell)
            return
        client = _joined(distributed, scheduler)
        try:
            _wait_for_workers(client, scheduler, tell)
            yield _results(distributed, client, work, measure, scheduler, tell)
        finally:
            client.close(timeout=1)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's own tracebacks to itself: what matters of them is said once, by us."""
    logger = logging.getLogger("distributed")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def _joined(distributed: Any, scheduler: str) -> Any:
    """Return a client of the scheduler.

    Dask waits without limit for a server that accepts a connection and says nothing, or speaks
    another protocol: so a thread of its own asks, and is left behind if that takes too long.
    """
    found: list[Any] = []

    def ask() -> None:
        try:
            found.append(distributed.Client(scheduler, timeout=ANSWER))
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(ANSWER + 2)
    answer = found[0] if found else TimeoutError(f"nothing understood in {ANSWER + 2} seconds")
    if isinstance(answer, Exception):
        reason = f"no Dask scheduler answers there ({_sentence(answer)})"
        raise ClusterError(f"scheduler {scheduler}: {reason}")
    return answer


def _wait_for_workers(client: Any, scheduler: str, tell: Callable[[str], None]) -> None:
    start, said = time.monotonic(), False
    while not (workers := client.scheduler_info(n_workers=-1)["workers"]):
        waited = time.monotonic() - start
        if waited > AT_MOST:
            hint = f"start them first: dask worker {scheduler}"
            raise ClusterError(f"scheduler {scheduler}: no worker in {AT_MOST} seconds; {hint}")
        if waited > PATIENCE and not said:
            tell("waiting for workers")
            said = True
        time.sleep(0.2)
    if any(worker["nthreads"] > 1 for worker in workers.values()):
        tell("a worker measures one case at a time, whatever its threads")


def _results(
    distributed: Any,
    client: Any,
    work: Sequence[tuple[Any, ...]],
    measure: Callable[..., Result],
    place: str,
    tell: Callable[[str], None],
) -> Iterator[Result]:
    futures = [client.submit(measure, *arguments, pure=False) for arguments in work]
    lost = (
        *(CancelledError, distributed.client.FutureCancelledError, distributed.KilledWorker),
        *(distributed.comm.CommClosedError, ImportError, OSError, TimeoutError),
    )
    known: set[str] = set()
    try:
        for future in distributed.as_completed(futures):
            there = set(client.scheduler_info(n_workers=-1)["workers"])
            for gone in sorted(known - there):
                tell(f"worker {gone} has left")
            known = there
            # If the worker that holds a result dies before it is fetched, this waits for the next.
            yield future.result()
            future.release()
    except RuntimeError as error:
        if not str(error).startswith("Error during deserialization"):
            raise
        reason = "its workers cannot load the code; expected the same pmone installed on each"
        raise ClusterError(f"{place}: {reason}") from None
    except lost as error:
        again = "rows that were measured are kept; run it again to go on"
        raise ClusterError(f"{place}: {_sentence(error)}; {again}") from None
    finally:
        if client.status == "running":
            client.cancel(futures)


def _sentence(error: BaseException) -> str:
    """Return what an exception says, in one line of moderate length."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 200 else text[:197] + "..."
