"""The files of deploy/ in a form that tests can ask: lines of a kind, values, environments."""

import re
from functools import cache

import yaml

from benchmarks.app_server import ROOT

DEPLOY = ROOT / "deploy"


@cache
def text_of(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def without_comments(name: str) -> str:
    return re.sub(r"(^|\s)#.*", "", text_of(name))


@cache
def compose() -> dict:
    return yaml.safe_load(text_of("compose.yaml"))


@cache
def manifests() -> dict[str, dict]:
    """The Kubernetes objects by their kind."""
    objects = list(yaml.safe_load_all(text_of("kubernetes.yaml")))
    assert len({item["kind"] for item in objects}) == len(objects)
    return {item["kind"]: item for item in objects}


def pod() -> dict:
    return manifests()["Deployment"]["spec"]["template"]["spec"]


def container() -> dict:
    (only,) = pod()["containers"]
    return only


@cache
def unit() -> dict[str, list[str]]:
    """Values of each setting of the systemd unit."""
    settings: dict[str, list[str]] = {}
    for line in text_of("furniture.service").splitlines():
        if match := re.match(r"(\w+)=(.*)", line):
            settings.setdefault(match[1], []).append(match[2])
    return settings


def nginx(directive: str) -> list[str]:
    """Values of a directive of nginx.conf."""
    return re.findall(rf"^\s*{directive} ([^;]*);", without_comments("nginx.conf"), re.MULTILINE)


def dockerfile(instruction: str) -> list[str]:
    """Arguments of an instruction of the Dockerfile, continued lines joined."""
    text = re.sub(r"\\\n\s*", "", re.sub(r"^\s*#.*\n", "", text_of("Dockerfile"), flags=re.M))
    return re.findall(rf"^\s*{instruction} (.*)$", text, re.MULTILINE)


def image_environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for line in dockerfile("ENV") for pair in line.split())


def environments() -> dict[str, dict[str, str]]:
    """The environment variables of the server by file."""
    systemd = (pair.split("=", 1) for line in unit()["Environment"] for pair in line.split())
    return {
        "Dockerfile": image_environment(),
        "compose.yaml": compose()["services"]["app"]["environment"],
        "kubernetes.yaml": {item["name"]: item["value"] for item in container()["env"]},
        "furniture.service": dict(systemd),
    }


def seconds(text: str) -> float:
    """Seconds of `10s`, `1h` or a bare number."""
    number, unit_name = re.fullmatch(r"(\d+)\s*([smh]?)", str(text)).groups()
    return int(number) * {"": 1, "s": 1, "m": 60, "h": 3600}[unit_name]


def size(text: str) -> int:
    """Bytes of `256m`, `1g`, `5Gi` or a bare number; k, m and g are powers of 1024."""
    number, unit_name = re.fullmatch(r"(\d+)([kmgKMG]?)i?", str(text)).groups()
    return int(number) * 1024 ** " kmg".index(unit_name.lower() or " ")
