"""Puts the server together: limits, login, metrics, queue and guard around the page.

server = WebServer(parse_arguments())    # before the weights are loaded
server.launch(demo, preview)             # in threads
status = serve_until_signal(demo, server.state)
"""

import argparse
from functools import partial
from urllib.parse import urlparse

from webapp.server.access.agents import keep_pictures_in, sign_in_agents
from webapp.server.access.auth import Auth
from webapp.server.access.clients import SessionTable
from webapp.server.access.frames import frame_ancestors
from webapp.server.access.origins import allowed_hosts
from webapp.server.access.users import users_from_environment
from webapp.server.job_queue.jobs import JobLimit, JobWatch
from webapp.server.job_queue.listeners import Listeners
from webapp.server.job_queue.turns import FairTurns
from webapp.server.limits import Limits
from webapp.server.monitoring.metrics import Metrics, serve_metrics
from webapp.server.process.arguments import env_flag
from webapp.server.process.lifetime import ServerState, TimeLimit, close_on_signals
from webapp.server.process.serving import connection_table, guarded_launch, trusted_proxies
from webapp.server.requests.guard import Guard, GuardParts, Preview
from webapp.server.storage.cleanup import (
    DiskMeter,
    configure_gradio,
    make_cache_folder,
    make_server_folder,
    start_cleanup,
)
from webapp.server.storage.results import ResultFiles
from webapp.sessions.session import forget_session, holds_model

# Gradio removes the oldest session above its capacity. `SessionTable` refuses newcomers before;
# this is room for sessions that the table forgot while their event waited.
MAX_FORGOTTEN = 1000


class WebServer:
    """The server around the page.

    Parameters
    ----------
    args : argparse.Namespace
        Options of `parse_arguments`.

    Raises
    ------
    ValueError
        If a setting of the environment cannot be used; the message is one sentence.
    """

    def __init__(self, args: argparse.Namespace) -> None:
        self.args, self.limits = args, Limits.from_environment()
        self.folder = make_server_folder(make_cache_folder())
        configure_gradio(self.folder)
        keep_pictures_in(self.folder)
        self.frame_ancestors = frame_ancestors()
        self.auth = Auth(users_from_environment(), framed=bool(self.frame_ancestors))
        self.state, self.listeners, self.hosts = ServerState(), Listeners(), allowed_hosts()
        self.disk, self.results = DiskMeter(self.folder), ResultFiles(self.folder)
        self.proxies = trusted_proxies(args.share)
        self.connections = connection_table(self.limits, self.proxies)
        self.metrics = Metrics()
        self.metrics.watch("disk_bytes", "Size of visitors' files", self.disk.update)
        self.metrics.watch("connections", "Open connections", self.connections.open.total)
        serve_metrics(self.metrics, args.listener.getsockname()[0])
        self.steps = TimeLimit(self.limits.step_seconds, self.state, self._observe_step)

    def start_cleanup(self) -> None:
        """Remove old files in a thread."""
        limits = self.limits
        start_cleanup(self.folder, limits.keep_seconds + limits.sweep_seconds, limits.sweep_seconds)

    def launch(self, demo, preview: Preview, **options) -> None:
        """Serve a `StrictBlocks` in threads; `options` are those of Gradio's `launch`.

        `preview` answers the requests at /preview, see `GuardParts`.
        """
        demo.job_limit = JobLimit(self.limits.job_seconds, self.steps.give_up)
        make_guard, args = partial(self._make_guard, demo, preview), self.args
        is_fixed = args.port is not None
        close_on_signals(self.state)
        with guarded_launch(make_guard, args.listener, is_fixed, self.connections, self.proxies):
            demo.launch(
                share=args.share,
                mcp_server=args.mcp,
                auth=self.auth.check_password if self.auth.users else None,
                max_file_size=self.limits.max_file_bytes,
                state_session_capacity=self.limits.most_visitors + MAX_FORGOTTEN,
                footer_links=["api", "settings"],
                run_history=False,
                enable_monitoring=False,
                prevent_thread_lock=True,
                **options,
            )
        if demo.share_url:
            self.hosts.add(urlparse(demo.share_url).hostname)
        if demo.mcp_server_obj:
            sign_in_agents(demo.mcp_server_obj, self.auth.agent_token)

    def _make_guard(self, demo, preview: Preview, gradio_app) -> Guard:
        sessions = SessionTable(
            self.limits.sessions_per_client,
            self.limits.most_visitors,
            partial(holds_model, gradio_app),
            partial(forget_session, gradio_app),
        )
        self.metrics.watch("sessions", "Sessions in memory", lambda: len(sessions.entries))
        queue = demo._queue  # Gradio has no public name for it
        JobWatch(queue, self.metrics, self.results)
        turns = FairTurns(queue, self.listeners, self.metrics)
        parts = GuardParts(
            limits=self.limits,
            disk=self.disk,
            results=self.results,
            state=self.state,
            sessions=sessions,
            auth=self.auth,
            listeners=self.listeners,
            metrics=self.metrics,
            count_waiting=turns.count_waiting,
            mcp=self.args.mcp,
            show_metrics=env_flag("METRICS"),
            hosts=self.hosts,
            frame_ancestors=self.frame_ancestors,
            preview=preview,
        )
        return Guard(gradio_app, parts)

    def _observe_step(self, name: str, seconds: float) -> None:
        self.metrics.steps.labels(name).observe(seconds)
