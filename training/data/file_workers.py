"""Running one function over many files in parallel; an error in one file does not stop the rest."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

from tqdm import tqdm

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_files(
    function: Callable[[Item], Result], items: Sequence[Item], jobs: int, unit: str
) -> Iterator[tuple[Item, Result | None, str]]:
    """Calls the function with each item and shows a progress bar on a terminal.

    Parameters
    ----------
    function : callable
        Called with one item; must be picklable if `jobs` is above 1.
    items : sequence
        Arguments of the calls.
    jobs : int
        Number of processes; with 1 everything runs in this process. The processes are spawned: a
        forked copy of a process with threads (torch, image decoders) can deadlock.
    unit : str
        Name of an item in the progress bar.

    Yields
    ------
    tuple
        (item, result, "") or (item, None, error message), in the order of the items.
    """
    if jobs == 1 or len(items) < 2:
        results = (call_safely(function, item) for item in items)
        yield from with_progress(items, results, unit)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(items)), mp_context=context) as pool:
        futures = [pool.submit(function, item) for item in items]
        yield from with_progress(items, (call_safely(f.result) for f in futures), unit)


def call_safely(function: Callable, *arguments: object) -> tuple[Any, str]:
    """Returns (result, "") or, if the function raised, (None, error message)."""
    try:
        return function(*arguments), ""
    except Exception as error:  # one file's error must not stop the others
        return None, str(error) or type(error).__name__


def with_progress(items: Sequence, results: Iterable, unit: str) -> Iterator[tuple]:
    """Yields (item, result, error) for each pair of item and (result, error)."""
    bar = tqdm(results, total=len(items), unit=unit, disable=None)
    for item, (result, error) in zip(items, bar, strict=True):
        yield item, result, error
