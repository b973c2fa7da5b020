"""Work spread over processes, which end when the one that asked for it does."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from generator.build.steps import Step
from generator.build.work import Work
from generator.errors import Collected, GlasspageError
from generator.reporter import Reporter

_CHUNKS = 4  # for each process: enough that none waits long for the last


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_processes(
    work: Work,
    steps: Sequence[Step],
    jobs: int,
    advance: Callable[[int], None],
) -> None:
    """Let `work` make the artefacts of all steps, some at a time, in up to `jobs` processes.

    `advance` is told how many are done. Raises all errors of the user's at once.
    """
    size = -(-len(steps) // (jobs * _CHUNKS))
    chunks = [steps[at : at + size] for at in range(0, len(steps), size)]
    errors = Collected()
    done = 0
    context = multiprocessing.get_context("spawn")  # a fork would share torch's threads
    with ProcessPoolExecutor(min(jobs, len(chunks)), context, _begin) as pool:
        try:
            waiting = {pool.submit(_quietly, work, chunk): len(chunk) for chunk in chunks}
            for finished in as_completed(waiting):
                with errors.collecting():
                    finished.result()
                done += waiting[finished]
                advance(done)
        except BrokenProcessPool:
            raise GlasspageError(
                "the system ended a process that was at work",
                hint="perhaps there was not enough memory for several: try --jobs 1.",
            ) from None
        except BaseException:  # stopped: nobody waits for what is under way
            for child in multiprocessing.active_children():
                child.terminate()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    errors.tell()


def _quietly(work: Work, steps: Sequence[Step]) -> None:
    work(steps, Reporter(quiet=True))


def _begin() -> None:
    """Leave Ctrl-C to the process that asked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
