"""deploy/kubernetes.yaml and compose.yaml follow the schemas of Kubernetes and of Compose."""

import copy
import json
from importlib.resources import files

import jsonschema
import kubernetes_validate
import pytest

from tests.deploy.deploy_files import compose, manifests

VERSIONS = ("1.29", "1.37")  # of Kubernetes: an old one that is still in use, and the newest


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", manifests())
def test_kubernetes_takes_the_object(kind, version):
    kubernetes_validate.validate(manifests()[kind], version, strict=True)


def test_kubernetes_refuses_a_misspelt_setting():
    deployment = copy.deepcopy(manifests()["Deployment"])
    template = deployment["spec"]["template"]["spec"]
    template["terminationGracePeriod"] = template.pop("terminationGracePeriodSeconds")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, VERSIONS[-1], strict=True)


def test_compose_takes_the_file():
    folder = files("check_jsonschema").joinpath("builtin_schemas/vendor")
    schema = json.loads(folder.joinpath("compose-spec.json").read_text(encoding="utf-8"))
    jsonschema.validate(compose(), schema)
    wrong = copy.deepcopy(compose())
    wrong["services"]["app"]["stop_grace"] = "45s"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema)
