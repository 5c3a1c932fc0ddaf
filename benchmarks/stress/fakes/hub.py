"""A stand-in for the Hugging Face Hub on loopback: enough of its API to publish and load a model.

    with Hub() as hub:
        subprocess.run([...], env={**os.environ, **hub.environment(folder)})
        hub.repos["models/someone/model"].files("main")      # path -> bytes

It keeps repositories, commits and variables in memory and answers as the Hub does, down to the
error headers that huggingface_hub turns into its exceptions. Requests are listed in `hub.log`.
"""

import base64
import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

TOKEN = "hf_stand_in"  # the one token that the stand-in knows
USER = "someone"
LFS_SIZE = 10_000  # bytes; the Hub goes by .gitattributes, here larger files take that road


@dataclass
class Repo:
    """One repository; a commit is the whole mapping of paths to bytes."""

    private: bool = False
    sdk: str | None = None
    variables: dict[str, str] = field(default_factory=dict)
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    head: str = ""

    def commit(self, files: dict[str, bytes], message: str) -> str:
        parts = [self.head, message, *(f"{k}:{_sha(v)}" for k, v in sorted(files.items()))]
        self.head = hashlib.sha1("\n".join(parts).encode()).hexdigest()
        self.commits[self.head] = files
        self.messages.append(message)
        return self.head

    def resolve(self, revision: str) -> str | None:
        """A branch or full commit id -> commit id, None when there is no such revision."""
        return self.head if revision == "main" else revision if revision in self.commits else None

    def files(self, revision: str) -> dict[str, bytes]:
        return self.commits[self.resolve(revision)]


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _git_sha(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class Hub:
    """Context manager: the server in a thread, its repositories and its log of requests."""

    def __enter__(self):
        self.repos: dict[str, Repo] = {}
        self.uploads: dict[str, bytes] = {}  # LFS objects by sha256
        self.log: list[str] = []
        self.faults: dict[str, str] = {}  # "GET config.json" -> "500", or "half" and no more
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.hub = self
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def environment(self, home: Path, token: str | None = TOKEN) -> dict[str, str]:
        """Variables for a fresh Python process whose Hub is this one and whose cache is `home`."""
        settings = {
            "HF_ENDPOINT": self.url,
            "HF_HOME": str(home),
            "HF_HUB_DISABLE_XET": "1",  # the stand-in speaks the older LFS protocol
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "NO_PROXY": "127.0.0.1",
        }
        return settings if token is None else {**settings, "HF_TOKEN": token}


class Refused(Exception):
    """An answer of the Hub that is an error: status, X-Error-Code, X-Error-Message, commit."""

    def __init__(self, status: int, code: str, message: str, commit: str = ""):
        self.status, self.message = status, message
        self.headers = {"X-Error-Code": code, "X-Error-Message": message, "X-Repo-Commit": commit}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps the connection, as the client's pool expects
    disable_nagle_algorithm = True

    def log_message(self, *_):
        """Quiet: `hub.log` is for the tests."""

    def do_any(self):
        self.hub, path = self.server.hub, unquote(urlsplit(self.path).path)
        self.hub.log.append(f"{self.command} {path}")
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            self.fault = self.hub.faults.get(f"{self.command} {path.rsplit('/', 1)[-1]}")
            if self.fault == "500":
                raise Refused(500, "", "Internal Server Error")
            self.who = self.user()
            self.answer(path)
        except Refused as error:
            headers = {name: value for name, value in error.headers.items() if value}
            self.reply({"error": error.message}, error.status, headers)

    do_GET = do_HEAD = do_POST = do_PUT = do_any

    def answer(self, path: str):
        parts = path.strip("/").split("/")
        if "resolve" in parts and parts[0] != "api":
            return self.resolve(parts)
        if path.endswith(".git/info/lfs/objects/batch"):
            return self.lfs_batch()
        if parts[0] == "lfs":
            self.hub.uploads[parts[1]] = self.body
            return self.reply({})
        if parts[0] != "api":
            raise Refused(404, "", f"The stand-in has no {path}.")
        if parts[1:] == ["repos", "create"]:
            return self.create()
        if parts[1:] == ["validate-yaml"]:
            return self.reply({"errors": [], "warnings": []})
        repo = self.find("/".join(parts[1:4]))
        verbs = {"preupload": self.preupload, "commit": self.commit, "tree": self.tree}
        verbs |= {"variables": self.variables, "revision": self.info}
        return verbs[parts[4]](repo, parts) if len(parts) > 4 else self.info(repo, parts)

    # --- who asks, and for what --------------------------------------------------------------

    def user(self) -> str | None:
        given = self.headers.get("Authorization")
        if given is None:
            return None
        if given != f"Bearer {TOKEN}":
            raise Refused(401, "", "Invalid credentials in Authorization header")
        return USER

    def signed_in(self) -> str:
        if self.who is None:
            raise Refused(401, "", "Invalid username or password.")
        return self.who

    def find(self, key: str) -> Repo:
        repo = self.hub.repos.get(key)
        if repo is None or (repo.private and self.who is None):
            raise Refused(404 if self.who else 401, "RepoNotFound", "Repository not found")
        return repo

    def find_commit(self, repo: Repo, revision: str) -> str:
        commit = repo.resolve(revision)
        if commit is None:
            raise Refused(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return commit

    # --- reading -----------------------------------------------------------------------------

    def resolve(self, parts: list[str]):
        kind = parts.pop(0) if parts[0] in ("spaces", "datasets") else "models"
        repo = self.find(f"{kind}/{parts[0]}/{parts[1]}")
        commit = self.find_commit(repo, parts[3])
        content = repo.commits[commit].get("/".join(parts[4:]))
        if content is None:
            raise Refused(404, "EntryNotFound", "Entry not found", commit)
        headers = {"ETag": f'"{_sha(content)}"', "X-Repo-Commit": commit}
        self.send_part(content, headers)

    def info(self, repo: Repo, parts: list[str]):
        commit = self.find_commit(repo, parts[5] if len(parts) > 5 else "main")
        files = [{"rfilename": path} for path in repo.commits[commit]]
        self.reply({"id": "/".join(parts[2:4]), "sha": commit, "siblings": files})

    def tree(self, repo: Repo, parts: list[str]):
        files = repo.commits[self.find_commit(repo, parts[5])]
        row = {"type": "file"}
        self.reply([row | {"path": k, "size": len(v), "oid": _sha(v)} for k, v in files.items()])

    # --- writing -----------------------------------------------------------------------------

    def create(self):
        user, asked = self.signed_in(), json.loads(self.body)
        owner = asked.get("organization") or user
        if owner != user:
            raise Refused(403, "", f"You have no right to create a repository under {owner}")
        repo_id, kind = f"{owner}/{asked['name']}", f"{asked.get('type') or 'model'}s"
        key, address = f"{kind}/{repo_id}", f"{self.hub.url}/{repo_id}"
        if kind != "models":
            address = f"{self.hub.url}/{key}"
        if key in self.hub.repos:
            return self.reply({"error": "You already created this repo", "url": address}, 409)
        private = asked.get("visibility") == "private" or bool(asked.get("private"))
        repo = self.hub.repos[key] = Repo(private=private, sdk=asked.get("sdk"))
        repo.commit({".gitattributes": b"*.safetensors filter=lfs\n"}, "initial commit")
        self.reply({"url": address, "name": repo_id, "id": repo_id})

    def preupload(self, repo: Repo, parts: list[str]):
        self.signed_in()
        files = json.loads(self.body)["files"]
        there, rows = repo.files(parts[5]), []
        for file in files:
            large = file["size"] > LFS_SIZE
            row = {"path": file["path"], "uploadMode": "lfs" if large else "regular"}
            present = there.get(file["path"])  # its id lets the client skip an unchanged file
            oid = None if present is None else (_sha if large else _git_sha)(present)
            rows.append(row | {"shouldIgnore": False, "oid": oid})
        self.reply({"files": rows})

    def lfs_batch(self):
        self.signed_in()
        asked = json.loads(self.body)["objects"]
        missing = [entry for entry in asked if entry["oid"] not in self.hub.uploads]
        for entry in missing:
            entry["actions"] = {"upload": {"href": f"{self.hub.url}/lfs/{entry['oid']}"}}
        self.reply({"transfer": "basic", "objects": asked})

    def commit(self, repo: Repo, parts: list[str]):
        self.signed_in()
        files, summary = dict(repo.files(parts[5])), ""
        for line in self.body.splitlines():
            key, value = (entry := json.loads(line))["key"], entry["value"]
            if key == "header":
                summary = value["summary"]
            elif key == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif key == "lfsFile":
                files[value["path"]] = self.hub.uploads[value["oid"]]
            elif key == "deletedFile":
                del files[value["path"]]
        commit = repo.commit(files, summary)
        repo_id = "/".join(parts[2:4])
        address = f"{self.hub.url}/{repo_id}/commit/{commit}"
        self.reply({"success": True, "commitOid": commit, "commitUrl": address})

    def variables(self, repo: Repo, parts: list[str]):
        self.signed_in()
        if self.command == "POST":
            asked = json.loads(self.body)
            repo.variables[asked["key"]] = asked["value"]
        self.reply({key: {"value": value} for key, value in repo.variables.items()})

    # --- the wire ----------------------------------------------------------------------------

    def reply(self, value, status: int = 200, headers: dict | None = None):
        self.send(json.dumps(value).encode(), "application/json", headers or {}, status)

    def send_part(self, content: bytes, headers: dict):
        """A file, or from the byte on at which an interrupted client resumes."""
        resumed = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start, whole = int(resumed[1]) if resumed else 0, len(content)
        if resumed:
            headers["Content-Range"] = f"bytes {start}-{whole - 1}/{whole}"
        sent = whole // 2 if self.fault == "half" else whole
        self.close_connection = sent < whole
        kind, status = "application/octet-stream", 206 if resumed else 200
        self.send(content[start:sent], kind, headers, status, length=whole - start)

    def send(self, content: bytes, kind: str, headers: dict, status=200, length: int | None = None):
        self.send_response(status)
        for name, value in (headers | {"Content-Type": kind}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
