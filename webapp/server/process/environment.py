"""Environment variables that Gradio reads while it is imported, checked before.

`app.py` calls `prepare_environment` above its first import of Gradio.
"""

import os
import sys
import tempfile
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
    """Unset empty variables, check what Gradio needs, and repair proxy settings.

    Exits with status 2 and one sentence where the server could not work.

    Parameters
    ----------
    environment : mapping
        Environment variables; changed in place.
    """
    unset_empty_variables(environment)
    for stream in (sys.stdout, sys.stderr):  # Gradio prints characters that a terminal may lack
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    problem = port_problem(environment.get(PORT)) or encoding_problem(sys.getfilesystemencoding())
    problem = problem or temporary_folder_problem(environment.get("GRADIO_TEMP_DIR"))
    if problem:
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


def encoding_problem(encoding: str) -> str | None:
    """Return a sentence if names of files that visitors upload cannot be written."""
    try:
        "ü椅".encode(encoding)
    except UnicodeEncodeError:
        return (
            f"File names are encoded as {encoding} here, which lacks most characters: set "
            "PYTHONUTF8=1, or a locale such as LC_ALL=C.UTF-8."
        )
    return None


def temporary_folder_problem(folder: str | None) -> str | None:
    """Return a sentence if no folder for temporary files can be written.

    Gradio asks for one while it is imported; the folder of visitors' files serves where the system
    has none.
    """
    try:
        tempfile.gettempdir()
    except OSError:
        if not folder:
            return (
                "No folder for temporary files can be written: set GRADIO_TEMP_DIR or TMPDIR to "
                "one that can."
            )
        tempfile.tempdir = folder
    return None
