"""A guard around any app, with defaults for all that a test does not name."""

from pathlib import Path

from webapp.server.access.auth import Auth
from webapp.server.access.clients import SessionTable
from webapp.server.job_queue.listeners import Listeners
from webapp.server.limits import Limits
from webapp.server.monitoring.metrics import Metrics
from webapp.server.process.lifetime import ServerState
from webapp.server.requests.guard import Guard, GuardParts
from webapp.server.storage.cleanup import DiskMeter
from webapp.server.storage.results import ResultFiles


def build_guard(app, folder: Path, limits: Limits = Limits(), **changes) -> Guard:
    """A guard; `changes` are fields of GuardParts."""
    table = SessionTable(
        limits.sessions_per_client, limits.most_visitors, lambda _: False, lambda _: None
    )
    parts = {
        "limits": limits,
        "disk": DiskMeter(folder),
        "results": ResultFiles(folder),
        "state": ServerState(),
        "sessions": table,
        "auth": Auth(None, framed=False),
        "listeners": Listeners(),
        "metrics": Metrics(),
        "count_waiting": lambda client: 0,
        "mcp": False,
        "show_metrics": False,
        "hosts": set(),
        "frame_ancestors": "",
        "preview": None,
    }
    return Guard(app, GuardParts(**parts | changes))
