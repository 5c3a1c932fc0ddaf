"""Checks how long the files of a session stay on the disk; one table row for each check."""

from dataclasses import dataclass
from statistics import mean

from benchmarks.stress.report import Row

MAX_SHARE_GROWTH = 0.1  # of the bound: visits end and sweeps run at any time
MIN_VISITS = 10  # within the bound; with fewer, its share varies from visit to visit


@dataclass(frozen=True)
class Visit:
    """A visit that has ended, and the server's resources at its end."""

    ended: float  # time.monotonic(), seconds
    uploaded_bytes: int  # the photo and its crop
    model_bytes: int
    browser: bool
    rss_bytes: int  # resident memory
    descriptors: int
    file_bytes: int  # of all visits


def max_bytes(visits: list[Visit], now: float, keep_seconds: float) -> int:
    """Return the bytes that the files of these visits may take.

    Parameters
    ----------
    visits : list of Visit
        The visits until now.
    now : float
        Time, of the same clock as Visit.ended.
    keep_seconds : float
        Seconds after the end of a visit until its files must be gone.
    """
    return sum(
        visit.uploaded_bytes + visit.model_bytes
        for visit in visits
        if now - visit.ended < keep_seconds
    )


def file_rows(visits: list[Visit], keep_seconds: float) -> list[Row]:
    """Check that files stay within the bound, and that their share of it does not grow.

    Parameters
    ----------
    visits : list of Visit
        In the order of their ends.
    keep_seconds : float
        See `max_bytes`.
    """
    bounds = [
        max_bytes(visits[: i + 1], visit.ended, keep_seconds) for i, visit in enumerate(visits)
    ]
    shares = [visit.file_bytes / bound for visit, bound in zip(visits, bounds, strict=True)]
    largest = max(visit.file_bytes for visit in visits) / 1e6
    wanted = f"at most those of the visits of the last {keep_seconds:.0f} s"
    measured = f"{largest:.1f} MB at most, never over {max(shares):.0%} of the bound"
    rows = [Row("visitors' files on the disk", wanted, measured, max(shares) <= 1)]
    quarter = len(visits) // 4
    recent = [visit for visit in visits if visits[-1].ended - visit.ended < keep_seconds]
    # Before the first files are old enough to be removed, the share is not level.
    level = visits[quarter].ended - visits[0].ended > keep_seconds
    if level and len(recent) >= MIN_VISITS:
        before, after = mean(shares[quarter : 2 * quarter]), mean(shares[-quarter:])
        quarters = f"{before:.0%} of the bound, then {after:.0%}"
        held = after <= before + MAX_SHARE_GROWTH
        rows.append(Row("visitors' files, 2nd and 4th quarter", "no growth", quarters, held))
    return rows
