"""Dependencies are locked by hash, have an allowed licence and no known vulnerability."""

import json
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import audit

ROOT = Path(__file__).resolve().parent.parent


def requirements() -> list[Requirement]:
    lines = [
        line.split("#")[0].strip()
        for name in ("requirements.txt", "requirements-train.txt", "requirements-dev.txt")
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
    ]
    return [Requirement(line) for line in lines if line and not line.startswith("-r")]


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_the_lock_holds_every_requirement_within_its_range(requirement):
    version = audit.locked_versions().get(canonicalize_name(requirement.name))
    assert version, f"{requirement.name} is not in requirements-lock.txt: make lock"
    assert requirement.specifier.contains(version)


def test_every_locked_package_has_its_hashes():
    entries = re.split(r"\n(?=[a-z0-9])", audit.LOCK.read_text(encoding="utf-8"))
    entries = [entry for entry in entries if "==" in entry.splitlines()[0]]
    assert len(entries) == len(audit.locked_versions()) > 50
    for entry in entries:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry.splitlines()[0]


def test_the_lock_names_the_command_that_made_it_and_no_host():
    text = audit.LOCK.read_text(encoding="utf-8")
    assert "make lock" in text[:400] and "Python 3.11" in text[:400]
    assert "://" not in text


def test_every_licence_is_on_the_list():
    licences = audit.installed_licences()
    assert len(licences) > 50  # most of the lock is installed on the test machine
    assert not {n: terms for n, terms in licences.items() if not audit.is_allowed(n, terms)}


@pytest.mark.parametrize(
    ("terms", "allowed"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("3-Clause BSD License", True),
        ("Apache-2.0 AND GPL-3.0-only", False),
        ("GPL-3.0-or-later", False),
        ("LGPL-2.1", False),
        ("GNU Affero General Public License v3", False),
        ("BSD with GPL parts", False),
        ("Other/Proprietary License", False),
        ("LicenseRef-NVIDIA-Proprietary", False),
        ("CC-BY-NC-4.0", False),
        ("SSPL-1.0", False),
        ("none named", False),
        ("", False),
    ],
)
def test_allowed_terms(terms, allowed):
    assert audit.is_allowed("some-package", terms) is allowed


def test_no_locked_version_has_a_known_vulnerability():
    lines, unknown = audit.vulnerabilities()
    assert not lines
    if unknown:
        pytest.skip(
            f"NOT AUDITED: {audit.SERVICE_NAMES} did not answer for {len(unknown)} packages"
        )


def fake_answer(monkeypatch, packages: list[dict] | None) -> None:
    """Replaces pip-audit by a fixed list of packages, or by no output."""
    text = "" if packages is None else json.dumps({"dependencies": packages})
    done = subprocess.CompletedProcess([], 1, stdout=text, stderr="")
    monkeypatch.setattr(audit.subprocess, "run", lambda *args, **options: done)


VULNERABILITY = {"id": "CVE-2030-1", "fix_versions": ["9.9"]}


@pytest.fixture
def osv():
    """A local server with the API of OSV; `known` maps name and version to its answer."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            key = (asked["package"]["name"], asked["version"])
            self.server.asked.append(key)
            body = json.dumps(self.server.known.get(key, {})).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.known, server.asked = {}, []
        server.arguments = ("osv", "--osv-url", f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_vulnerability_makes_the_audit_fail(osv, monkeypatch, capsys):
    monkeypatch.setattr(audit, "SERVICES", [osv.arguments])
    assert audit.main() == 0
    assert set(osv.asked) == set(audit.locked_versions().items())
    assert (
        f"{len(audit.locked_versions())} packages have no known vulnerability."
        in capsys.readouterr().out
    )
    version = audit.locked_versions()["pillow"]
    events = [{"introduced": "0"}, {"fixed": "999.1"}]
    ranges = [{"type": "ECOSYSTEM", "events": events}]
    package = {"name": "pillow", "ecosystem": "PyPI"}
    entry = {"id": "PYSEC-2030-1", "affected": [{"package": package, "ranges": ranges}]}
    osv.known["pillow", version] = {"vulns": [entry]}
    assert audit.main() == 1
    assert f"pillow {version}: PYSEC-2030-1, fixed in 999.1" in capsys.readouterr().out


def test_the_next_service_is_asked_if_one_does_not_answer(osv):
    closed = ("osv", "--osv-url", "http://127.0.0.1:9")  # no server listens there
    assert audit.vulnerabilities([closed]) == ([], sorted(audit.locked_versions()))
    assert audit.vulnerabilities([closed, osv.arguments]) == ([], [])


@pytest.mark.parametrize(
    ("packages", "code", "words"),
    [
        ([{"name": "pillow", "version": "1", "vulns": []}], 0, "no known vulnerability"),
        (
            [{"name": "pillow", "version": "1", "vulns": [VULNERABILITY]}],
            1,
            "pillow 1: CVE-2030-1, fixed",
        ),
        ([{"name": "pillow", "skip_reason": "not found"}], 2, "NOT AUDITED: PyPI's vulnerability"),
        (None, 2, "NOT AUDITED: PyPI's vulnerability"),
    ],
)
def test_the_audit_reports_packages_without_an_answer(monkeypatch, capsys, packages, code, words):
    fake_answer(monkeypatch, packages)
    assert audit.main() == code
    assert words in capsys.readouterr().out


def test_a_licence_that_is_not_allowed_makes_the_audit_fail(monkeypatch, capsys):
    fake_answer(monkeypatch, [])
    monkeypatch.setattr(audit, "installed_licences", lambda: {"pillow": "AGPL-3.0"})
    assert audit.main() == 1
    assert "NOT ON THE LIST" in capsys.readouterr().out
