"""A fake Hugging Face Hub on 127.0.0.1: enough of its API to load a model.

    with FakeHub() as hub:
        hub.repos["models/someone/model"] = repo = Repo()
        repo.commit({"config.json": b"{}"}, "first commit")
        subprocess.run([...], env={**os.environ, **hub.environment(folder)})

It keeps repositories in memory and answers as the Hub does, including the error headers that
huggingface_hub turns into exceptions. tests/network/hub_server.py adds what publishing needs.
"""

import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

TOKEN = "hf_stand_in"  # the only valid token
USER = "someone"  # its owner


@dataclass
class Repo:
    """A repository; a commit is the whole mapping of paths to bytes."""

    private: bool = False
    sdk: str | None = None  # of a Space
    variables: dict[str, str] = field(default_factory=dict)  # of a Space
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)  # by commit id
    messages: list[str] = field(default_factory=list)  # of the commits, in order
    head: str = ""  # commit id of the branch main

    def commit(self, files: dict[str, bytes], message: str) -> str:
        """Add a commit with exactly these files; return its id."""
        parts = [self.head, message, *(f"{k}:{sha256(v)}" for k, v in sorted(files.items()))]
        self.head = hashlib.sha1("\n".join(parts).encode()).hexdigest()
        self.commits[self.head] = files
        self.messages.append(message)
        return self.head

    def resolve(self, revision: str) -> str | None:
        """Return the commit id of a branch or commit id; None if there is no such revision."""
        return self.head if revision == "main" else revision if revision in self.commits else None

    def files(self, revision: str) -> dict[str, bytes]:
        """Return the files of a revision by path."""
        return self.commits[self.resolve(revision)]


def sha256(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal, which is the Hub's id of a large file."""
    return hashlib.sha256(content).hexdigest()


class HubError(Exception):
    """An error answer of the Hub, with its headers X-Error-Code, -Message and X-Repo-Commit."""

    def __init__(self, status: int, code: str, message: str, commit: str = ""):
        self.status, self.message = status, message
        self.headers = {"X-Error-Code": code, "X-Error-Message": message, "X-Repo-Commit": commit}


class ReadHandler(BaseHTTPRequestHandler):
    """Answers the requests that read repositories."""

    protocol_version = "HTTP/1.1"  # keeps the connection, as the client's pool expects
    disable_nagle_algorithm = True

    def log_message(self, *_) -> None:
        """Print nothing: the tests read `hub.log`."""

    def handle_request(self) -> None:
        """Answer any request, and turns a HubError into an error answer."""
        self.hub, path = self.server.hub, unquote(urlsplit(self.path).path)
        self.hub.log.append(f"{self.command} {path}")
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            self.fault = self.hub.faults.get(f"{self.command} {path.rsplit('/', 1)[-1]}")
            if self.fault == "500":
                raise HubError(500, "", "Internal Server Error")
            self.user = self._authenticate()
            self.route(path)
        except HubError as error:
            headers = {name: value for name, value in error.headers.items() if value}
            self.reply({"error": error.message}, error.status, headers)

    do_GET = do_HEAD = do_POST = do_PUT = handle_request

    def route(self, path: str) -> None:
        """Answer the request of a path."""
        parts = path.strip("/").split("/")
        if "resolve" in parts and parts[0] != "api":
            return self._send_file(parts)
        if parts[0] != "api":
            raise HubError(404, "", f"The fake Hub has no {path}.")
        repo = self.find_repo("/".join(parts[1:4]))
        verb = parts[4] if len(parts) > 4 else "revision"
        return self.verbs()[verb](repo, parts)

    def verbs(self) -> dict:
        """Return the handlers of /api/KIND/OWNER/NAME/VERB by verb."""
        return {"tree": self._tree, "revision": self._info}

    def find_repo(self, key: str) -> Repo:
        """Return a repository; raises HubError if it is unknown or private to this user."""
        repo = self.hub.repos.get(key)
        if repo is None or (repo.private and self.user is None):
            raise HubError(404 if self.user else 401, "RepoNotFound", "Repository not found")
        return repo

    def _authenticate(self) -> str | None:
        header = self.headers.get("Authorization")
        if header is None:
            return None
        if header != f"Bearer {TOKEN}":
            raise HubError(401, "", "Invalid credentials in Authorization header")
        return USER

    def _find_commit(self, repo: Repo, revision: str) -> str:
        commit = repo.resolve(revision)
        if commit is None:
            raise HubError(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return commit

    def _send_file(self, parts: list[str]) -> None:
        kind = parts.pop(0) if parts[0] in ("spaces", "datasets") else "models"
        repo = self.find_repo(f"{kind}/{parts[0]}/{parts[1]}")
        commit = self._find_commit(repo, parts[3])
        content = repo.commits[commit].get("/".join(parts[4:]))
        if content is None:
            raise HubError(404, "EntryNotFound", "Entry not found", commit)
        self._send_range(content, {"ETag": f'"{sha256(content)}"', "X-Repo-Commit": commit})

    def _info(self, repo: Repo, parts: list[str]) -> None:
        commit = self._find_commit(repo, parts[5] if len(parts) > 5 else "main")
        files = [{"rfilename": path} for path in repo.commits[commit]]
        self.reply({"id": "/".join(parts[2:4]), "sha": commit, "siblings": files})

    def _tree(self, repo: Repo, parts: list[str]) -> None:
        files = repo.commits[self._find_commit(repo, parts[5])]
        row = {"type": "file"}
        self.reply([row | {"path": k, "size": len(v), "oid": sha256(v)} for k, v in files.items()])

    def _send_range(self, content: bytes, headers: dict) -> None:
        """Send a file, from the byte at which an interrupted client resumes."""
        resumed = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start, length = int(resumed[1]) if resumed else 0, len(content)
        if resumed:
            headers["Content-Range"] = f"bytes {start}-{length - 1}/{length}"
        end = length // 2 if self.fault == "half" else length
        self.close_connection = end < length
        kind, status = "application/octet-stream", 206 if resumed else 200
        self._send(content[start:end], kind, headers, status, length - start)

    def reply(self, value: object, status: int = 200, headers: dict | None = None) -> None:
        """Send a value as JSON."""
        content = json.dumps(value).encode()
        self._send(content, "application/json", headers or {}, status, len(content))

    def _send(self, content: bytes, kind: str, headers: dict, status: int, length: int) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Type": kind}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


class FakeHub:
    """A context manager: the server in a thread, its repositories and its log of requests."""

    handler = ReadHandler

    def __enter__(self) -> "FakeHub":
        """Start the server."""
        self.repos: dict[str, Repo] = {}  # by "models/OWNER/NAME" or "spaces/OWNER/NAME"
        self.uploads: dict[str, bytes] = {}  # large files by SHA-256
        self.log: list[str] = []  # "GET /path" of each request
        self.faults: dict[str, str] = {}  # "GET config.json" -> "500", or "half" of the file
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler)
        self.server.hub = self
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        """Stop the server."""
        self.server.shutdown()
        self.server.server_close()

    def environment(self, home: Path, token: str | None = TOKEN) -> dict[str, str]:
        """Return the variables for a fresh Python process that uses this Hub.

        Parameters
        ----------
        home : Path
            The process's cache of downloads.
        token : str or None
            None for a process without a token.
        """
        settings = {
            "HF_ENDPOINT": self.url,
            "HF_HOME": str(home),
            "HF_HUB_DISABLE_XET": "1",  # the fake has the older LFS protocol
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "NO_PROXY": "127.0.0.1",
        }
        return settings if token is None else {**settings, "HF_TOKEN": token}
