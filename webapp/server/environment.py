"""Environment variables that Gradio reads while it is imported, checked before.

`app.py` calls `prepare_environment` above its first import of Gradio.
"""

import os
import sys
from collections.abc import MutableMapping

from core.proxies import repair_proxy_settings

# Compose sets a variable without a value to "". CUDA_VISIBLE_DEVICES is not among these: there an
# empty value means that no GPU is used.
PREFIXES = ("GRADIO_", "MODEL_", "HF_", "LOG_")
NAMES = (
    "FORWARDED_ALLOW_IPS", "FRAME_ANCESTORS", "ALLOWED_HOSTS", "AUTH_FILE", "METRICS",
    "METRICS_PORT", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SPACE_ID",
)  # fmt: skip
PORT = "GRADIO_SERVER_PORT"
MAX_PORT = 65_535


def prepare_environment(environment: MutableMapping[str, str] = os.environ) -> None:
    """Unset empty variables, check the port and repair proxy settings; exits with status 2.

    Parameters
    ----------
    environment : mapping
        Environment variables; changed in place.
    """
    unset_empty_variables(environment)
    if problem := port_problem(environment.get(PORT)):
        print(problem, file=sys.stderr)
        sys.exit(2)
    for message in repair_proxy_settings(environment):
        print(message, file=sys.stderr)


def unset_empty_variables(environment: MutableMapping[str, str]) -> None:
    """Remove the variables of this program, of Gradio and of the Hub that are empty."""
    for name in list(environment):
        is_ours = name.startswith(PREFIXES) or name.upper() in NAMES
        if is_ours and not environment[name].strip():
            del environment[name]


def port_problem(text: str | None, name: str = PORT) -> str | None:
    """Return a sentence if the text is no port, such as Kubernetes' `tcp://10.0.0.1:7860`."""
    if text is None or (text.isascii() and text.isdigit() and 0 < int(text) <= MAX_PORT):
        return None
    return f"{name} is {text!r}; give a number from 1 to {MAX_PORT}."
