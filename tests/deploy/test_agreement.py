"""The files of deploy/ name the ports, users, paths, limits and times of the app."""

import re

import pytest

from benchmarks.app_server import ROOT
from tests.deploy.deploy_files import (
    compose,
    container,
    dockerfile,
    environments,
    image_environment,
    manifests,
    nginx,
    pod,
    seconds,
    size,
    text_of,
    unit,
)
from training.publishing.upload import app_modules
from webapp.server.limits import Limits
from webapp.server.process.address import DEFAULT_PORT
from webapp.server.process.connections import HEADER_SECONDS, IDLE_SECONDS
from webapp.server.process.lifetime import DRAIN_SECONDS
from webapp.server.requests.routes import find_route

PORT, METRICS_PORT, USER = str(DEFAULT_PORT), "9090", "10001"
GRADIO_CLOSE_S = 5  # after the requests have ended
PREFIX = "/furniture"
# Read by Python and by the libraries, not by this project.
OTHERS = {"PATH", "HOME", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "OMP_NUM_THREADS"}
APP = compose()["services"]["app"]


def test_one_port():
    assert dockerfile("EXPOSE") == [PORT] and image_environment()["GRADIO_SERVER_PORT"] == PORT
    assert APP["expose"] == [PORT, METRICS_PORT]
    assert re.findall(r"server (\S+);", text_of("nginx.conf")) == [f"app:{PORT}"]
    ports = {port["name"]: str(port["containerPort"]) for port in container()["ports"]}
    assert ports == {"http": PORT, "metrics": METRICS_PORT}
    assert f"GRADIO_SERVER_PORT={PORT}" in " ".join(unit()["Environment"])
    assert f"127.0.0.1:{PORT}/healthz" in dockerfile("HEALTHCHECK")[0]
    for service in manifests()["Service"]["spec"]["ports"]:
        assert service["targetPort"] == "http"


def test_one_port_of_the_figures():
    for name in ("compose.yaml", "kubernetes.yaml"):
        assert environments()[name]["METRICS_PORT"] == METRICS_PORT
    annotations = manifests()["Deployment"]["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == METRICS_PORT


def test_one_user_without_rights():
    assert dockerfile("USER") == [f"{USER}:{USER}"] == [APP["user"]]
    assert f"--uid {USER}" in dockerfile("RUN")[1]
    context = pod()["securityContext"]
    assert context["runAsNonRoot"] and {context["runAsUser"], context["runAsGroup"]} == {int(USER)}
    assert APP["read_only"] and container()["securityContext"]["readOnlyRootFilesystem"]
    assert APP["cap_drop"] == container()["securityContext"]["capabilities"]["drop"] == ["ALL"]
    assert unit()["User"] == ["furniture"] and unit()["DynamicUser"] == ["yes"]


def test_each_waits_longer_than_the_server_takes_to_end():
    graces = [
        seconds(APP["stop_grace_period"]),
        seconds(compose()["services"]["proxy"]["stop_grace_period"]),
        seconds(unit()["TimeoutStopSec"][0]),
        pod()["terminationGracePeriodSeconds"],
    ]
    assert graces == [45] * 4 and DRAIN_SECONDS + GRADIO_CLOSE_S < 45
    assert "--stop-timeout 45" in text_of("Dockerfile")


def test_the_proxy_has_the_limits_of_the_server():
    limits = Limits()
    assert [seconds(value) for value in nginx("client_header_timeout")] == [HEADER_SECONDS]
    assert [seconds(value) for value in nginx("keepalive_timeout")] == [IDLE_SECONDS]
    assert seconds(nginx("proxy_read_timeout")[0]) > limits.step_seconds
    assert max(map(size, nginx("client_max_body_size"))) >= limits.largest_upload
    rates = {
        zone: 60 * int(rate)
        for zone, rate in re.findall(r"zone=(\w+):10m rate=(\d+)r/s", text_of("nginx.conf"))
    }
    assert rates == {"requests": limits.requests_per_minute, "posts": limits.posts_per_minute}
    annotations = manifests()["Ingress"]["metadata"]["annotations"]
    name = "nginx.ingress.kubernetes.io/proxy-"
    assert size(annotations[f"{name}body-size"]) >= limits.largest_upload
    assert int(annotations[f"{name}read-timeout"]) > limits.step_seconds


def test_the_disk_holds_more_than_the_limit():
    tmpfs = re.search(r"^/tmp:size=(\w+),", APP["tmpfs"][0])[1]
    limit = int(APP["environment"]["MOST_DISK"])
    assert limit + 100_000_000 < size(tmpfs) < size(APP["mem_limit"])
    (volume,) = pod()["volumes"]
    assert Limits().most_disk < size(volume["emptyDir"]["sizeLimit"])
    assert size(volume["emptyDir"]["sizeLimit"]) < size(
        container()["resources"]["limits"]["ephemeral-storage"]
    )


def test_all_that_is_written_goes_where_writing_is_allowed():
    (mount,) = container()["volumeMounts"]
    assert mount["mountPath"] == "/tmp" and APP["tmpfs"][0].startswith("/tmp:")
    image = image_environment()
    assert image["HOME"] == "/tmp" and image["GRADIO_TEMP_DIR"].startswith("/tmp/")
    cache = f"/var/cache/{unit()['CacheDirectory'][0]}"
    assert environments()["furniture.service"]["GRADIO_TEMP_DIR"] == cache
    assert environments()["furniture.service"]["HOME"] == cache
    for name in ("pid", "client_body_temp_path", "proxy_temp_path"):
        assert nginx(name)[0].startswith("/tmp/")


def test_the_probes_ask_for_paths_that_exist():
    probes = {name: container()[f"{name}Probe"] for name in ("startup", "liveness", "readiness")}
    paths = {name: probe["httpGet"]["path"] for name, probe in probes.items()}
    assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    for path in paths.values():
        assert find_route("GET", path) is not None
    assert {probe["httpGet"]["port"] for probe in probes.values()} == {"http"}


def test_one_prefix():
    assert APP["environment"]["GRADIO_ROOT_PATH"] == PREFIX
    locations = re.findall(r"location (?:[=~] )?(\S+) \{", text_of("nginx.conf"))
    assert {place.lstrip("^").split("(")[0] for place in locations} == {
        "/", PREFIX, f"{PREFIX}/", f"{PREFIX}/gradio_api/upload",
    }  # fmt: skip


def test_the_proxy_alone_names_visitors():
    (network,) = compose()["networks"]["inner"]["ipam"]["config"]
    assert APP["environment"]["FORWARDED_ALLOW_IPS"] == network["subnet"]
    assert APP["networks"] == ["inner"] and compose()["networks"]["inner"]["internal"]
    assert "ports" not in APP  # nobody reaches the server around the proxy


@pytest.mark.parametrize("name", environments())
def test_variables_are_those_that_the_app_reads(name):
    sources = [ROOT / "app.py", *(ROOT / "webapp").rglob("*.py"), *(ROOT / "core").rglob("*.py")]
    code = "".join(path.read_text(encoding="utf-8") for path in sources)
    unknown = {
        variable
        for variable in environments()[name]
        if variable not in OTHERS and f'"{variable}"' not in code
        and variable not in ("GRADIO_ROOT_PATH",)  # Gradio's
    }  # fmt: skip
    assert not unknown


def copied() -> set[str]:
    """Names at the top of the repository that the image gets."""
    lines = [line for line in dockerfile("COPY") if "requirements" not in line]
    words = {word for line in lines if "--from" not in line for word in line.split()[:-1]}
    return {word.rstrip("/") for word in words}


def test_the_image_holds_the_app_its_weights_and_nothing_else():
    needed = {path.relative_to(ROOT).parts[0] for path in app_modules(ROOT)}
    assert copied() == needed | {"LICENSE", "examples", "checkpoint"}
    sent = set(re.findall(r"^!(\S+)$", text_of("Dockerfile.dockerignore"), re.MULTILINE))
    assert sent == copied() | {"requirements.txt", "requirements-lock.txt"}


def test_the_threads_are_as_many_as_the_cores():
    assert environments()["compose.yaml"]["OMP_NUM_THREADS"] == str(APP["cpus"])
    cores = container()["resources"]["limits"]["cpu"]
    assert environments()["kubernetes.yaml"]["OMP_NUM_THREADS"] == cores


def test_objects_find_each_other():
    labels = manifests()["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert manifests()["Service"]["spec"]["selector"] == labels
    for kind, place in (("Deployment", "selector"), ("PodDisruptionBudget", "selector"),
                        ("NetworkPolicy", "podSelector")):  # fmt: skip
        assert manifests()[kind]["spec"][place]["matchLabels"] == labels
    target = manifests()["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert target["name"] == manifests()["Deployment"]["metadata"]["name"]
    (rule,) = manifests()["Ingress"]["spec"]["rules"]
    backend = rule["http"]["paths"][0]["backend"]["service"]
    assert backend["name"] == manifests()["Service"]["metadata"]["name"]
    names = {port["name"] for port in manifests()["Service"]["spec"]["ports"]}
    assert backend["port"]["name"] in names
