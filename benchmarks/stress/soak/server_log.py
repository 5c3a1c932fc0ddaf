"""Lines of the server's log during an attack: one a refusal, at most one a second of each kind."""

import re

# The text of a line after its time and level. A refusal's sentence is the server's own.
EXPECTED = re.compile(
    r"""
    Refused\ with\ \d{3}:\ (?!.*(gradio_api|file=))[A-Z].+\.
    | A\ connection\ was\ refused:\ too\ many\ are\ open
    | Invalid\ HTTP\ request\ received\.  # uvicorn's
    | All\ examples\ are\ predicted
    | The\ server\ ends
    """,
    re.VERBOSE,
)
GRADIO = "* "  # start of Gradio's lines about its address
LEFT_OUT = re.compile(r" \((\d+) more like it\)$")
LINE = re.compile(r"(?P<second>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d+ (?P<level>[A-Z]+) (?P<text>.*)")


def unexpected_lines(log: str) -> list[str]:
    """Return the lines that are no refusal and no message of start and end."""
    unexpected = []
    for line in log.splitlines():
        if line.startswith(GRADIO):
            continue
        match = LINE.fullmatch(line)
        text = LEFT_OUT.sub("", match["text"]) if match else ""
        if not EXPECTED.fullmatch(text):
            unexpected.append(line)
    return unexpected


def count_refusals(log: str) -> tuple[int, int]:
    """Return the number of lines of refusals, and of refusals that they stand for."""
    lines = [line for line in log.splitlines() if "efused" in line or "Invalid HTTP" in line]
    more = (int(match[1]) for line in lines if (match := LEFT_OUT.search(line)))
    return len(lines), len(lines) + sum(more)
