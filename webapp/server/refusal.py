"""The refusal of a request: a status and one sentence, sent as JSON."""

from functools import partial

RETRY_SECONDS = 60  # in Retry-After


class RefusedRequest(Exception):
    """Status and sentence of a request that goes no further."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


# Each is called where it is raised: an exception that is raised twice keeps both tracebacks.
NOT_SERVED = partial(RefusedRequest, 404, "There is nothing here.")
TOO_LARGE = partial(RefusedRequest, 413, "The request is too large; send smaller or fewer files.")
TOO_SLOW = partial(
    RefusedRequest, 408, "The request came too slowly; try again on a faster connection."
)
WRONG_NAME = partial(
    RefusedRequest,
    400,
    "A name of a session, event or upload has 1 to 64 characters of A-Z, a-z, 0-9, _ and -.",
)
TOO_MANY = partial(RefusedRequest, 429, "Too many requests came from your address; wait a minute.")
ENDING = partial(RefusedRequest, 503, "The server is about to restart; try again in a minute.")
NO_ROOM = partial(
    RefusedRequest, 503, "The server has as many visitors as it can hold; try again later."
)
DISK_FULL = partial(RefusedRequest, 507, "The server's disk is taken up; try again in an hour.")
FAILED = partial(
    RefusedRequest, 500, "The server could not answer this request; the reason is in its log."
)
NO_ADDRESS = partial(RefusedRequest, 403, "This server fetches nothing from other addresses.")
WAITING = partial(
    RefusedRequest, 429, "Half of the queue is from your address already; wait for an answer first."
)
FOREIGN = partial(RefusedRequest, 403, "Pages of other sites cannot use the tools for agents.")
