"""Profile of a few training steps, kernel by kernel, with PyTorch's profiler.

profile = StepProfile(Path("runs/a/profile.txt"), first=200)
profile.step()                  # after each optimizer step; writes the file ten steps after 200
"""

from pathlib import Path

from torch.profiler import profile, schedule

WARMUP, STEPS = 3, 10  # steps; the first ones include the profiler's own start-up
ROWS, NAME_WIDTH = 60, 90  # size of the table, in rows and characters


class StepProfile:
    """Writes a table of the slowest kernels, summed over STEPS steps.

    Parameters
    ----------
    path : Path
        Text file to write.
    first : int
        First profiled step, counted from the creation of this object; 0 for no profile, at least
        WARMUP otherwise. If the run ends earlier, the table holds fewer steps: see "# of Calls".
    """

    def __init__(self, path: Path, first: int):
        self.path, self.profiler = path, None
        if first:
            wait = max(0, first - WARMUP)
            steps = schedule(wait=wait, warmup=WARMUP, active=STEPS, repeat=1)
            self.profiler = profile(schedule=steps, on_trace_ready=self._write)
            self.profiler.start()

    def step(self) -> None:
        """Counts an optimizer step."""
        if self.profiler is not None:
            self.profiler.step()

    def close(self) -> None:
        """Stops the profiler."""
        if self.profiler is not None:
            self.profiler.stop()

    def _write(self, profiler: profile) -> None:
        """Writes the table, sorted by GPU time if there is any."""
        averages = profiler.key_averages()
        on_gpu = any(row.self_device_time_total for row in averages)
        order = "self_device_time_total" if on_gpu else "self_cpu_time_total"
        table = averages.table(sort_by=order, row_limit=ROWS, max_name_column_width=NAME_WIDTH)
        self.path.write_text(table + "\n", encoding="utf-8")
