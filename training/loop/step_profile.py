"""Where a step's time goes, kernel by kernel, as PyTorch's own profiler sees it.

profile = StepProfile(Path("runs/a/profile.txt"), first=200)
profile.step()                  # after every optimizer step; writes the file once, ten steps later
"""

from pathlib import Path

from torch.profiler import profile, schedule

WARMUP, STEPS = 3, 10  # steps: the profiler's own start-up is not the run's
ROWS, NAME_WIDTH = 60, 90  # of the table


class StepProfile:
    """Writes a table of the kernels that took longest, sums over STEPS steps from `first` on.

    first : step, counted from here, 0 for no profile; below WARMUP the profile begins at WARMUP.
        Where the run ends before, the table is of the steps there were: see its "# of Calls"
    """

    def __init__(self, path: Path, first: int):
        self.path, self.profiler = path, None
        if first:
            wait = max(0, first - WARMUP)
            steps = schedule(wait=wait, warmup=WARMUP, active=STEPS, repeat=1)
            self.profiler = profile(schedule=steps, on_trace_ready=self._write)
            self.profiler.start()

    def step(self) -> None:
        if self.profiler is not None:
            self.profiler.step()

    def close(self) -> None:
        if self.profiler is not None:
            self.profiler.stop()

    def _write(self, profiler: profile) -> None:
        averages = profiler.key_averages()
        on_gpu = any(row.self_device_time_total for row in averages)
        order = "self_device_time_total" if on_gpu else "self_cpu_time_total"
        table = averages.table(sort_by=order, row_limit=ROWS, max_name_column_width=NAME_WIDTH)
        self.path.write_text(table + "\n")
