"""Command line of `app.py`; environment variables stand in for its options."""

import argparse
import os

from core.errors import UserError
from webapp.server.address import check_port, gradio_host


def parse_arguments() -> argparse.Namespace:
    """Return the options of the command line, with environment variables as their defaults."""
    parser = argparse.ArgumentParser(description="Serve the page and its API.")
    parser.add_argument("--host", help="address to listen on, IPv6 too; or GRADIO_SERVER_NAME")
    parser.add_argument("--port", type=int, help="or GRADIO_SERVER_PORT")
    parser.add_argument(
        "--auth",
        type=_credentials,
        help="NAME:PASSWORD; or GRADIO_AUTH",
        default=os.environ.get("GRADIO_AUTH") or None,
    )
    parser.add_argument(
        "--share",
        action="store_true",
        help="public link; or GRADIO_SHARE=1",
        default=env_flag("GRADIO_SHARE"),
    )
    parser.add_argument(
        "--mcp",
        action="store_true",
        help='tools for agents, needs pip install "gradio[mcp]"; or GRADIO_MCP_SERVER=1',
        default=env_flag("GRADIO_MCP_SERVER"),
    )
    parser.add_argument("--model", help="Hub repo, folder or .pth; or MODEL_REPO_ID")
    args = parser.parse_args()
    try:
        check_port(args.host, args.port)
    except UserError as error:
        parser.exit(2, f"{error}\n")
    args.host = gradio_host(args.host or os.environ.get("GRADIO_SERVER_NAME"))
    return args


def env_flag(name: str) -> bool:
    """Return whether the environment variable is 1, true or yes."""
    return os.environ.get(name, "").lower() in ("1", "true", "yes")


def _credentials(text: str) -> tuple[str, str]:
    """Split NAME:PASSWORD."""
    name, colon, password = text.partition(":")
    if not (name and colon and password):
        raise argparse.ArgumentTypeError("give NAME:PASSWORD")
    return name, password
