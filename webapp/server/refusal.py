"""The refusal of a request: a reason, a status and one sentence, sent as JSON."""

from functools import partial

RETRY_SECONDS = 60  # in Retry-After
RETRY_STATUSES = (429, 503, 507)  # answers that carry Retry-After: the same request may work later


class RefusedRequest(Exception):
    """Reason, status and sentence of a request that goes no further.

    Parameters
    ----------
    reason : str
        One word for `/metrics`; the same for all refusals of a kind.
    status : int
        HTTP status.
    sentence : str
        What the client reads.
    """

    def __init__(self, reason: str, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.reason, self.status, self.sentence = reason, status, sentence


# Each is called where it is raised: an exception that is raised twice keeps both tracebacks.
NOT_SERVED = partial(RefusedRequest, "route", 404, "There is nothing here.")
TOO_LARGE = partial(
    RefusedRequest, "size", 413, "The request is too large; send smaller or fewer files."
)
TOO_SLOW = partial(
    RefusedRequest,
    "slow",
    408,
    "The request came too slowly; try again on a faster connection.",
)
WRONG_NAME = partial(
    RefusedRequest,
    "name",
    400,
    "A name of a session, event or upload has 1 to 64 characters of A-Z, a-z, 0-9, _ and -.",
)
WRONG_BODY = partial(
    RefusedRequest,
    "body",
    400,
    "The body of this request is a JSON object as the API's documentation shows it.",
)
NO_FUNCTION = partial(RefusedRequest, "function", 404, "There is no such function.")
NO_ANSWER = partial(
    RefusedRequest, "answer", 404, "There is no such answer; it was read, or its visit has ended."
)
WRONG_FORM = partial(
    RefusedRequest,
    "form",
    400,
    "The form cannot be read; send the files as multipart/form-data.",
)
TOO_MANY = partial(
    RefusedRequest, "rate", 429, "Too many requests came from your address; wait a minute."
)
ENDING = partial(
    RefusedRequest, "ending", 503, "The server is about to restart; try again in a minute."
)
NO_ROOM = partial(
    RefusedRequest,
    "sessions",
    503,
    "The server has as many visitors as it can hold; try again later.",
)
DISK_FULL = partial(
    RefusedRequest, "disk", 507, "The server's disk is taken up; try again in an hour."
)
DISK_SHARE = partial(
    RefusedRequest,
    "share",
    429,
    "Your address has used up its share of the server's disk; try again in an hour.",
)
FAILED = partial(
    RefusedRequest,
    "failed",
    500,
    "The server could not answer this request; the reason is in its log.",
)
NO_ADDRESS = partial(
    RefusedRequest, "address", 403, "This server fetches nothing from other addresses."
)
WAITING = partial(
    RefusedRequest,
    "queue",
    429,
    "Your address has its share of the queue already; wait for an answer first.",
)
FOREIGN = partial(
    RefusedRequest, "origin", 403, "Pages of other sites cannot use this with your name."
)
WRONG_HOST = partial(
    RefusedRequest,
    "host",
    403,
    "The tools for agents are not served under this host name; ALLOWED_HOSTS names others.",
)
LOCKED = partial(
    RefusedRequest,
    "locked",
    429,
    "Too many wrong passwords came from your address; wait a minute.",
)
NOT_SIGNED_IN = partial(
    RefusedRequest,
    "login",
    401,
    "Sign in first: send the name and password by HTTP basic, or a token as Bearer.",
)


def cannot_write(error: OSError) -> RefusedRequest:
    """Return the refusal of a request whose files could not be written."""
    sentence = f"The server cannot write files ({error.strerror}); try again later."
    return RefusedRequest("disk", 507, sentence)
