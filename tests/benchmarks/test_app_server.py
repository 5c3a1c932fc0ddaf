"""The helpers that start and call a server, with servers of a few lines."""

import signal

import pytest

from benchmarks.api_client import EventParser, error_text
from benchmarks.app_server import PORT_TAKEN, AppServer

SERVER = """
import http.server, sys
print("listening on", sys.argv[2], flush=True)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200), self.end_headers()
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Handler).serve_forever()
"""


def test_a_server_runs_until_the_context_ends(tmp_path):
    (tmp_path / "model.glb").write_bytes(b"model")
    with AppServer(tmp_path, command=("-c", SERVER)) as server:
        usage = server.usage()
        assert usage.files == 1 and usage.file_bytes == 5 and usage.rss_bytes > 1e6
        assert server.start_seconds > 0
    assert server.process.poll() == -signal.SIGTERM
    assert server.log == f"listening on {server.url.rsplit(':', 1)[1]}\n"


def test_stop_tells_the_exit_status(tmp_path):
    with AppServer(tmp_path, command=("-c", SERVER)) as server:
        status, seconds = server.stop(signal.SIGKILL)
    assert status == -signal.SIGKILL and seconds >= 0


def test_a_server_that_ends_at_once_raises_with_its_log(tmp_path):
    with pytest.raises(RuntimeError, match=r"did not start:\nno weights\n"):
        AppServer(tmp_path, command=("-c", "print('no weights')")).__enter__()


def test_a_port_that_was_taken_meanwhile_is_tried_again(tmp_path):
    marker = tmp_path / "tried"
    once = f"""
import pathlib
marker = pathlib.Path({str(marker)!r})
if not marker.exists():
    marker.touch()
    raise SystemExit({PORT_TAKEN!r})
"""
    with AppServer(tmp_path, command=("-c", once + SERVER)) as server:
        assert PORT_TAKEN in server.log and "listening" in server.log


def test_settings_reach_the_server_and_the_rate_limit_is_lifted(tmp_path):
    code = "import os; print(os.environ['KEEP_SECONDS'], os.environ['POSTS_PER_MINUTE'])"
    with pytest.raises(RuntimeError, match="did not start:\n5 1000000\n"):
        AppServer(tmp_path, {"KEEP_SECONDS": "5"}, command=("-c", code)).__enter__()


def test_events_are_read_up_to_the_answer():
    parser = EventParser()
    lines = ["event: heartbeat", "data: null", "", "event: complete", 'data: [1, "a"]']
    assert [parser.feed(line) for line in lines] == [None] * 4 + [("complete", [1, "a"])]
    parser = EventParser()
    parser.feed("event: error")
    assert parser.feed('data: {"error": "Too dark."}') == ("error", {"error": "Too dark."})
    assert error_text({"error": "Too dark."}) == "Too dark."
