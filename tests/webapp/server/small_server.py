"""The server around a small page without a network: `python -m tests.webapp.server.small_server`.

Its endpoint /wait waits until the file RELEASE exists; /client answers the address of its client.
With `--share` a relay on this machine takes the place of Gradio's tunnel.
"""

import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import gradio as gr
from gradio import networking

from webapp.server.monitoring.logs import configure_logging
from webapp.server.process import lifetime
from webapp.server.process.arguments import parse_arguments
from webapp.server.refusal import NO_ANSWER
from webapp.uploads import StrictBlocks
from webapp.web_server import WebServer

RELEASE = "RELEASE"  # environment variable with the path of the file


def wait(name: str) -> str:
    """Answer when the file exists."""
    while not Path(os.environ[RELEASE]).exists():
        time.sleep(0.01)
    return name


def client(request: gr.Request) -> str:
    """Answer the address of the client."""
    return request.client.host


def relay_tunnel(local_host: str, local_port: int, **_) -> str:
    """Return the public address of a relay to the server, as Gradio's tunnel does."""
    relay = socket.create_server(("127.0.0.1", 0))

    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def serve() -> None:
        while True:
            visitor, _ = relay.accept()
            server = socket.create_connection((local_host, local_port))
            for pair in ((visitor, server), (server, visitor)):
                threading.Thread(target=copy, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return f"http://relay-{relay.getsockname()[1]}.gradio.live"


async def no_preview(app, body):
    """This page has no model."""
    raise NO_ANSWER()


def main() -> int:
    """Serve until a signal comes."""
    args = parse_arguments()
    configure_logging()
    networking.setup_tunnel = relay_tunnel
    lifetime.DRAIN_SECONDS = float(os.environ.get("DRAIN_SECONDS", lifetime.DRAIN_SECONDS))
    server = WebServer(args)
    with StrictBlocks() as demo:
        gr.on([], wait, gr.Textbox(), gr.Textbox(), api_name="wait")
        gr.on([], client, None, gr.Textbox(), api_name="client")
    server.launch(demo.queue(), no_preview)
    return lifetime.serve_until_signal(demo, server.state)


if __name__ == "__main__":
    lifetime.end_process(main())
