"""Sites that may show the page in a frame: FRAME_ANCESTORS."""

import os
import re

from core.errors import UserError

# An origin, also with `*.` for all hosts of a domain: what a browser takes after frame-ancestors.
SITE = re.compile(r"https?://(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?/?")


def frame_ancestors() -> str:
    """Return the sites, separated by spaces; they go into a header as they are.

    Raises
    ------
    UserError
        If FRAME_ANCESTORS has anything but addresses of sites.
    """
    sites = os.environ.get("FRAME_ANCESTORS", "").split()
    for site in sites:
        if not SITE.fullmatch(site):
            raise UserError(
                f"FRAME_ANCESTORS has {site[:80]!r}; give addresses of sites, such as "
                "https://example.org, separated by spaces."
            )
    return " ".join(site.rstrip("/") for site in sites)
