"""One function over many files, in parallel, where a bad file costs itself alone."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_files(
    function: Callable[[Item], Result], items: Sequence[Item], jobs: int, unit: str
) -> Iterator[tuple[Item, Result | None, str]]:
    """(item, result, "") or (item, None, what went wrong) in the order of the items.

    jobs : processes; 1 runs here, which is easier to debug. They are spawned, since a forked copy
        of a process that holds threads (torch, decoders) may wait for a lock that nobody frees.
    Shows a progress bar when the terminal is one.
    """
    if jobs == 1 or len(items) < 2:
        results = (call_safely(function, item) for item in items)
        yield from with_progress(items, results, unit)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(items)), mp_context=context) as pool:
        futures = [pool.submit(function, item) for item in items]
        yield from with_progress(items, (call_safely(f.result) for f in futures), unit)


def call_safely(function: Callable, *arguments) -> tuple[object, str]:
    try:
        return function(*arguments), ""
    except Exception as error:  # whatever one file does, the rest goes on
        return None, str(error) or type(error).__name__


def with_progress(items, results, unit: str) -> Iterator:
    bar = tqdm(results, total=len(items), unit=unit, disable=None)
    for item, (result, error) in zip(items, bar, strict=True):
        yield item, result, error
