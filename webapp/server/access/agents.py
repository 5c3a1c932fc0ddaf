"""The tools for agents (MCP), under the server's login and in its folder.

Gradio answers a call of a tool by calling the server itself, without a login, and saves pictures
of `data:` addresses in a folder that it chooses while it is imported. Undocumented in Gradio, and
replaced here: `GradioMCPServer._get_or_create_client`, `_client_instance` and
`gradio.mcp.DEFAULT_TEMP_DIR`.
"""

from pathlib import Path

import gradio.mcp
from gradio_client import Client


def keep_pictures_in(folder: Path) -> None:
    """Let pictures of `data:` addresses be saved in the folder, from which old files go."""
    gradio.mcp.DEFAULT_TEMP_DIR = str(folder)


def sign_in_agents(tools, token: str) -> None:
    """Let the tools call the server with a token.

    Parameters
    ----------
    tools : gradio.mcp.GradioMCPServer
        The tools of a launched app.
    token : str
        `Auth.agent_token`; a server without a login ignores it.
    """

    def get_client() -> Client:
        if tools._client_instance is None:
            tools._client_instance = Client(
                tools.local_url,
                download_files=False,
                verbose=False,
                analytics_enabled=False,
                _skip_components=False,  # as Gradio's own: sessions are among the values
                headers={"x-gradio-user": "mcp", "authorization": f"Bearer {token}"},
            )
        return tools._client_instance

    tools._get_or_create_client = get_client
