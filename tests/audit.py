"""Checks the licence of each locked package and looks its version up in vulnerability databases.

make audit      # exit 1: a licence or a vulnerability to look at; 2: the lookup was not possible
"""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "requirements-lock.txt"
SERVICES = (("pypi",), ("osv",))  # pip-audit's arguments for each service
SERVICE_NAMES = (
    "PyPI's vulnerability service (pypi.org/pypi/NAME/VERSION/json) and OSV (api.osv.dev)"
)
SERVICE_SECONDS = 120
# Permissive licences, and MPL, whose copyleft applies to its own files only. The project neither
# changes nor ships these packages.
ALLOWED = re.compile(
    r"(the )?(3-clause )?(0bsd|apache|bsd|bsl|cc0|isc|mit|mozilla|mpl|psf|"
    r"python software foundation|zlib)(?!.*gpl)",
    re.IGNORECASE,
)
# PyTorch's CUDA build for Linux requires these. NVIDIA permits installation and use.
PROPRIETARY = re.compile(r"(nvidia|cuda)-[a-z0-9-]+")


def locked_versions() -> dict[str, str]:
    """Name and version of each package in the lock."""
    text = LOCK.read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))


def licence(package: Distribution) -> str:
    """The licence in a package's metadata: the SPDX expression, the classifiers or the text."""
    data = package.metadata
    prefix = "License :: "
    classifiers = [c for c in data.get_all("Classifier", []) if c.startswith(prefix)]
    names = " OR ".join(c.split(" :: ")[-1] for c in classifiers if c.count("::") > 1)
    text = (data.get("License") or "").strip().partition("\n")[0]
    return data.get("License-Expression") or names or text or "none named"


def is_allowed(name: str, terms: str) -> bool:
    """True if each part of the expression that is joined by "and" has an allowed alternative."""
    if PROPRIETARY.fullmatch(name):
        return True
    plain = terms.replace("(", " ").replace(")", " ")
    parts = re.split(r"\s+and\s+", plain, flags=re.IGNORECASE)
    return all(
        any(ALLOWED.match(one.strip()) for one in re.split(r"\s+or\s+", part, flags=re.IGNORECASE))
        for part in parts
    )


def installed_licences() -> dict[str, str]:
    """Name and licence of each locked package that is installed."""
    result = {}
    for name in locked_versions():
        try:
            result[name] = licence(distribution(name))
        except PackageNotFoundError:  # a package for another platform
            continue
    return result


def vulnerabilities(
    services: Sequence[Sequence[str]] | None = None,
) -> tuple[list[str], list[str]]:
    """Known vulnerabilities, one line each, and the packages that no service has an answer for.

    services : pip-audit's arguments for each service. The next one is asked for the packages
        that the services before it do not know.
    """
    result, unknown = [], set(locked_versions())
    for service in services or SERVICES:
        if unknown:
            lines, skipped = _ask(service)
            result += lines
            unknown &= skipped
    return list(dict.fromkeys(result)), sorted(unknown)


def _ask(service: Sequence[str]) -> tuple[list[str], set[str]]:
    """Vulnerabilities, one line each, and the packages without an answer, from one service."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", LOCK, "--disable-pip"]
    command += ["--require-hashes", "--progress-spinner", "off", "--format", "json"]
    command += ["--vulnerability-service", *service]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SERVICE_SECONDS)
        packages = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        return [], set(locked_versions())
    lines = [
        f"{package['name']} {package['version']}: {entry['id']}, "
        f"fixed in {', '.join(entry['fix_versions']) or 'no version yet'}"
        for package in packages
        for entry in package.get("vulns", [])
    ]
    return lines, {package["name"] for package in packages if "skip_reason" in package}


def main() -> int:
    """Print licences and vulnerabilities; the exit code is that of the module's docstring."""
    refused = 0
    for name, terms in installed_licences().items():
        allowed = is_allowed(name, terms)
        refused += not allowed
        note = "" if allowed else "  <-- NOT ON THE LIST OF tests/audit.py"
        print(f"{name:28} {terms[:80]}{note}")
    lines, unknown = vulnerabilities()
    count = len(locked_versions())
    print("\n".join(lines) or f"{count - len(unknown)} packages have no known vulnerability.")
    if unknown:
        names = "any package" if len(unknown) == count else ", ".join(unknown)
        print(f"NOT AUDITED: {SERVICE_NAMES} did not answer for {names}.")
    return 1 if refused or lines else 2 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
