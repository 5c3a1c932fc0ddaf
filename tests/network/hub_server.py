"""A fake Hub that can be published to: repositories, commits, large files and variables."""

import base64
import hashlib
import json

from benchmarks.stress.fakes.hub import TOKEN, FakeHub, HubError, ReadHandler, Repo, sha256

__all__ = ["TOKEN", "Hub", "Repo"]
MAX_REGULAR_BYTES = 10_000  # larger files are uploaded by LFS; the Hub goes by .gitattributes


class WriteHandler(ReadHandler):
    """Answers the requests that create and change repositories."""

    def route(self, path: str) -> None:
        """Answer the request of a path."""
        parts = path.strip("/").split("/")
        if path.endswith(".git/info/lfs/objects/batch"):
            return self._lfs_batch()
        if parts[0] == "lfs":
            self.hub.uploads[parts[1]] = self.body
            return self.reply({})
        if parts == ["api", "repos", "create"]:
            return self._create()
        if parts == ["api", "validate-yaml"]:
            return self.reply({"errors": [], "warnings": []})
        return super().route(path)

    def verbs(self) -> dict:
        """Return the handlers of /api/KIND/OWNER/NAME/VERB by verb."""
        own = {"preupload": self._preupload, "commit": self._commit, "variables": self._variables}
        return super().verbs() | own

    def _require_user(self) -> str:
        if self.user is None:
            raise HubError(401, "", "Invalid username or password.")
        return self.user

    def _create(self) -> None:
        user, request = self._require_user(), json.loads(self.body)
        owner = request.get("organization") or user
        if owner != user:
            raise HubError(403, "", f"You have no right to create a repository under {owner}")
        repo_id, kind = f"{owner}/{request['name']}", f"{request.get('type') or 'model'}s"
        key, address = f"{kind}/{repo_id}", f"{self.hub.url}/{repo_id}"
        if kind != "models":
            address = f"{self.hub.url}/{key}"
        if key in self.hub.repos:
            return self.reply({"error": "You already created this repo", "url": address}, 409)
        private = request.get("visibility") == "private" or bool(request.get("private"))
        repo = self.hub.repos[key] = Repo(private=private, sdk=request.get("sdk"))
        repo.commit({".gitattributes": b"*.safetensors filter=lfs\n"}, "initial commit")
        return self.reply({"url": address, "name": repo_id, "id": repo_id})

    def _preupload(self, repo: Repo, parts: list[str]) -> None:
        self._require_user()
        present, rows = repo.files(parts[5]), []
        for file in json.loads(self.body)["files"]:
            large = file["size"] > MAX_REGULAR_BYTES
            row = {"path": file["path"], "uploadMode": "lfs" if large else "regular"}
            content = present.get(file["path"])
            # With the id of its content the client skips an unchanged file.
            oid = None if content is None else (sha256 if large else _git_sha)(content)
            rows.append(row | {"shouldIgnore": False, "oid": oid})
        self.reply({"files": rows})

    def _lfs_batch(self) -> None:
        self._require_user()
        objects = json.loads(self.body)["objects"]
        for entry in objects:
            if entry["oid"] not in self.hub.uploads:
                entry["actions"] = {"upload": {"href": f"{self.hub.url}/lfs/{entry['oid']}"}}
        self.reply({"transfer": "basic", "objects": objects})

    def _commit(self, repo: Repo, parts: list[str]) -> None:
        self._require_user()
        files, summary = dict(repo.files(parts[5])), ""
        for line in self.body.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            match entry["key"]:
                case "header":
                    summary = value["summary"]
                case "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    files[value["path"]] = self.hub.uploads[value["oid"]]
                case "deletedFile":
                    del files[value["path"]]
        commit = repo.commit(files, summary)
        address = f"{self.hub.url}/{'/'.join(parts[2:4])}/commit/{commit}"
        self.reply({"success": True, "commitOid": commit, "commitUrl": address})

    def _variables(self, repo: Repo, parts: list[str]) -> None:
        self._require_user()
        if self.command == "POST":
            request = json.loads(self.body)
            repo.variables[request["key"]] = request["value"]
        self.reply({key: {"value": value} for key, value in repo.variables.items()})


class Hub(FakeHub):
    """A fake Hub that can be published to: see FakeHub."""

    handler = WriteHandler


def _git_sha(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
