"""Each locked package's licence against those allowed, and its version against known holes.

make audit      # exit 1: a licence or a hole to look at; 2: the holes could not be looked up
"""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements-lock.txt"
SERVICES = (("pypi",), ("osv",))
ASKED = "PyPI's vulnerability service (pypi.org/pypi/NAME/VERSION/json) and OSV (api.osv.dev)"
SERVICE_SECONDS = 120
# Free licences that ask no more than that their text goes along, and file-wise copyleft (MPL),
# which we do not touch: nothing of these packages is changed or shipped with ours.
ALLOWED = re.compile(
    r"(the )?(3-clause )?(0bsd|apache|bsd|bsl|cc0|isc|mit|mozilla|mpl|psf|"
    r"python software foundation|zlib)(?!.*gpl)",
    re.IGNORECASE,
)
# PyTorch's CUDA build for Linux requires them; NVIDIA lets them be installed and used, not changed.
PROPRIETARY = re.compile(r"(nvidia|cuda)-[a-z0-9-]+")


def locked() -> dict[str, str]:
    """Name and version of every package in the lock."""
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", LOCK.read_text(), re.MULTILINE))


def licence(package: Distribution) -> str:
    """What the package says of itself: its SPDX expression, else its classifiers, else its text."""
    data = package.metadata
    prefix = "License :: "
    named = [c for c in data.get_all("Classifier", []) if c.startswith(prefix)]
    classified = " OR ".join(c.split(" :: ")[-1] for c in named if c.count("::") > 1)
    text = (data.get("License") or "").strip().partition("\n")[0]
    return data.get("License-Expression") or classified or text or "none named"


def is_allowed(name: str, terms: str) -> bool:
    """Whether all that an expression asks for is allowed, or one of those it lets choose from."""
    if PROPRIETARY.fullmatch(name):
        return True
    plain = terms.replace("(", " ").replace(")", " ")
    every = re.split(r"\s+and\s+", plain, flags=re.IGNORECASE)
    return all(
        any(ALLOWED.match(one.strip()) for one in re.split(r"\s+or\s+", part, flags=re.IGNORECASE))
        for part in every
    )


def licences() -> dict[str, str]:
    """Of every locked package that is installed here."""
    found = {}
    for name in locked():
        try:
            found[name] = licence(distribution(name))
        except PackageNotFoundError:  # for another platform
            continue
    return found


def holes(services: Sequence[Sequence[str]] | None = None) -> tuple[list[str], list[str]]:
    """Known vulnerabilities, one line each, and the packages that no service could tell of.

    services : pip-audit's arguments for each; the next is asked where the one before is silent
    """
    found, unknown = [], set(locked())
    for service in services or SERVICES:
        if unknown:
            told, silent = _ask(service)
            found += told
            unknown &= silent
    return list(dict.fromkeys(found)), sorted(unknown)


def _ask(service: Sequence[str]) -> tuple[list[str], set[str]]:
    command = [sys.executable, "-m", "pip_audit", "--requirement", LOCK, "--disable-pip"]
    command += ["--require-hashes", "--progress-spinner", "off", "--format", "json"]
    command += ["--vulnerability-service", *service]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SERVICE_SECONDS)
        packages = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        return [], set(locked())
    found = [
        f"{package['name']} {package['version']}: {hole['id']}, "
        f"fixed in {', '.join(hole['fix_versions']) or 'no version yet'}"
        for package in packages
        for hole in package.get("vulns", [])
    ]
    return found, {package["name"] for package in packages if "skip_reason" in package}


def main() -> int:
    refused = 0
    for name, terms in licences().items():
        allowed = is_allowed(name, terms)
        refused += not allowed
        print(
            f"{name:28} {terms[:80]}{'' if allowed else '  <-- NOT ON THE LIST OF tests/audit.py'}"
        )
    found, unknown = holes()
    print("\n".join(found) or f"{len(locked()) - len(unknown)} packages have no known hole.")
    if unknown:
        which = "any package" if len(unknown) == len(locked()) else ", ".join(unknown)
        print(f"NOT AUDITED: {ASKED} could not be reached, or told nothing, about {which}.")
    return 1 if refused or found else 2 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
