"""Command line of `app.py`; environment variables stand in for its options."""

import argparse
import getpass
import os
import sys

from core.errors import UserError
from webapp.server.access.users import new_token, password_line
from webapp.server.process.address import LOCALHOST, bind

AUTH_HINT = (
    "--auth is not taken any more, as other users of the machine can read a command line: set "
    "GRADIO_AUTH=NAME:PASSWORD in the environment, or name a file with --auth-file."
)


def parse_arguments() -> argparse.Namespace:
    """Return the options of the command line, with environment variables as their defaults.

    `listener` is a socket that holds the port.

    `--hash-password` and `--new-token` print a line and end the program.
    """
    parser = argparse.ArgumentParser(description="Serve the page and its API.")
    parser.add_argument(
        "--host",
        help="address to listen on, IPv6 too; or GRADIO_SERVER_NAME",
        default=os.environ.get("GRADIO_SERVER_NAME") or LOCALHOST,
    )
    parser.add_argument(
        "--port",
        type=int,
        help="or GRADIO_SERVER_PORT",
        default=os.environ.get("GRADIO_SERVER_PORT"),  # webapp.server.process.environment checks it
    )
    parser.add_argument(
        "--auth-file",
        help="file of users and tokens; or AUTH_FILE, or GRADIO_AUTH=NAME:PASSWORD",
    )
    parser.add_argument("--auth", nargs="?", const="", help=argparse.SUPPRESS)
    parser.add_argument(
        "--hash-password",
        nargs="?",
        const="",
        metavar="NAME",
        help="ask for a password, print its line for the file of users",
    )
    parser.add_argument(
        "--new-token",
        metavar="NAME",
        help="make a token for the API, print its line for the file of users",
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
    if args.auth is not None:
        parser.exit(2, f"{AUTH_HINT}\n")
    if args.auth_file:
        os.environ["AUTH_FILE"] = args.auth_file
    try:
        if args.hash_password is not None:
            print(_hash_password(args.hash_password))
            parser.exit(0)
        if args.new_token is not None:
            token, line = new_token(args.new_token)
            print(f"The token, which is shown only now: {token}", file=sys.stderr)
            print(line)
            parser.exit(0)
        args.listener = bind(args.host, args.port)
    except UserError as error:
        parser.exit(2, f"{error}\n")
    return args


def env_flag(name: str) -> bool:
    """Return whether the environment variable is 1, true or yes."""
    return os.environ.get(name, "").lower() in ("1", "true", "yes")


def _hash_password(name: str) -> str:
    """Return the line for a password from the terminal, or from the next line of stdin."""
    is_terminal = sys.stdin.isatty()
    if not name:
        if is_terminal:
            print("Name: ", end="", file=sys.stderr, flush=True)
        name = sys.stdin.readline().strip()
    if is_terminal:
        return password_line(name, getpass.getpass("Password: "))
    return password_line(name, sys.stdin.readline().rstrip("\r\n"))
