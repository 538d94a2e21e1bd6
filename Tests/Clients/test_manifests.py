"""The manifests in deploy/: valid by the schemas of Compose and Kubernetes, and in agreement with Cellar."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from support import image_settings
from support.cellar import REPOSITORY, Cellar
from support.clients import Workbench

COMPOSE = REPOSITORY / "deploy/compose/compose.yaml"
KUBERNETES = sorted((REPOSITORY / "deploy/kubernetes").glob("**/*.yaml"))
REPLICAS = REPOSITORY / "deploy/kubernetes-replicas/deployment.yaml"


def load(path: Path) -> dict[str, Any]:
    """The only document of a file."""
    loaded: dict[str, Any] = yaml.safe_load(path.read_text())
    return loaded


RESOURCES = {str(load(path)["kind"]): load(path) for path in KUBERNETES}
POD = RESOURCES["StatefulSet"]["spec"]["template"]["spec"]
CONTAINER = POD["containers"][0]


def seconds(text: str) -> int:
    """A duration that is written in seconds."""
    assert text.endswith("s")
    return int(text[:-1])


@pytest.fixture(scope="module")
def shutdown_timeout() -> int:
    """How long the server may take to stop, by default, in seconds."""
    text = (REPOSITORY / "docs/configuration.md").read_text().partition("### `shutdown_timeout`")[2]
    default = re.search(r'Default: `"(\d+s)"`', text)
    assert default is not None, text[:400]
    return seconds(default[1])


# Schemas


def test_compose_by_its_schema(workbench: Workbench, tmp_path: Path) -> None:
    check = ("check-jsonschema", "--builtin-schema", "vendor.compose-spec")
    workbench.run(*check, COMPOSE)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(COMPOSE.read_text().replace("read_only:", "readonly:"))
    assert "readonly" in workbench.run(*check, wrong, check=False).stdout


@pytest.mark.parametrize("version", ["1.30", "1.37"])
def test_kubernetes_by_its_schema(workbench: Workbench, tmp_path: Path, version: str) -> None:
    check = ("kubernetes-validate", "--strict", "-k", version)
    workbench.run(*check, *KUBERNETES, REPLICAS)
    statefulset = REPOSITORY / "deploy/kubernetes/statefulset.yaml"
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(statefulset.read_text().replace("runAsNonRoot:", "runAsNonroot:"))
    assert workbench.run(*check, wrong, check=False).returncode != 0


# Agreement with Cellar


def test_the_grace_is_longer_than_the_servers(shutdown_timeout: int) -> None:
    assert seconds(load(COMPOSE)["services"]["cellar"]["stop_grace_period"]) > shutdown_timeout
    assert POD["terminationGracePeriodSeconds"] > shutdown_timeout


def test_the_health_check_is_that_of_the_image() -> None:
    check = load(COMPOSE)["services"]["cellar"]["healthcheck"]
    text = image_settings.DOCKERFILE.read_text()
    written = re.search(
        r"^HEALTHCHECK --interval=(\S+) --timeout=(\S+) --start-period=(\S+) --retries=(\d+) CMD (.*)$",
        text,
        re.MULTILINE,
    )
    assert written is not None
    assert list(written.groups())[:3] == [check["interval"], check["timeout"], check["start_period"]]
    assert int(written[4]) == check["retries"]
    assert yaml.safe_load(written[5]) == check["test"][1:]


@pytest.mark.parametrize("place", ["image", "kubernetes"])
def test_a_server_starts_with_the_configuration(tmp_path: Path, place: str) -> None:
    """As in a container, but for the folders, the address, and the secret's file."""
    password = tmp_path / "admin-password"
    password.write_text("a long passphrase\n")
    text = (
        (REPOSITORY / "deploy/container/cellar.toml").read_text()
        if place == "image"
        else RESOURCES["ConfigMap"]["data"]["cellar.toml"]
    )
    cellar = Cellar(tmp_path / "cellar", users=False)
    cellar.config.write_text(text.replace("/run/secrets/cellar/admin-password", str(password)))
    container = image_settings.environment()
    assert container["CELLAR_SERVER_LISTEN"] == "0.0.0.0:$PORT"
    in_the_image = {
        **container, "CELLAR_INDEX_MAIN_UPSTREAMS": "", "CELLAR_SERVER_DATA_DIR": str(cellar.data),
        "CELLAR_SERVER_SPOOL_DIR": str(tmp_path / "spool"),
    }  # fmt: skip
    shown = cellar.run("check", environment=in_the_image)
    assert f"0.0.0.0:{container['PORT']}" in shown.stdout, shown.stderr
    cellar.start({**in_the_image, "CELLAR_SERVER_LISTEN": "127.0.0.1:$PORT", "PORT": str(cellar.port)})
    cellar.stop()


def test_probes_ask_for_what_the_server_answers(tmp_path: Path) -> None:
    cellar = Cellar(tmp_path, users=False)
    cellar.start()
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert cellar._answers(CONTAINER[probe]["httpGet"]["path"]), probe
    cellar.stop()


# Agreement with each other


def test_ports_agree() -> None:
    port = int(image_settings.environment()["PORT"])
    assert CONTAINER["ports"] == [{"name": "http", "containerPort": port}]
    assert RESOURCES["Service"]["spec"]["ports"][0]["targetPort"] == "http"
    paths = RESOURCES["Ingress"]["spec"]["rules"][0]["http"]["paths"]
    assert {path["path"]: path["backend"]["service"]["name"] for path in paths}["/"] == "cellar"
    assert load(COMPOSE)["services"]["cellar"]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_labels_and_names_agree() -> None:
    labels = {"app.kubernetes.io/name": "cellar"}
    assert RESOURCES["StatefulSet"]["spec"]["template"]["metadata"]["labels"] == labels
    assert RESOURCES["StatefulSet"]["spec"]["selector"]["matchLabels"] == labels
    assert RESOURCES["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert RESOURCES["Service"]["spec"]["selector"] == labels
    assert {each["metadata"]["name"] for each in RESOURCES.values()} == {"cellar"}


def test_nothing_is_written_but_data_and_spool() -> None:
    data = image_settings.environment()["CELLAR_SERVER_DATA_DIR"]
    service = load(COMPOSE)["services"]["cellar"]
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["volumes"] == [f"data:{data}"]

    assert POD["securityContext"]["runAsNonRoot"] is True
    assert POD["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    kinds = {volume["name"]: set(volume) - {"name"} for volume in POD["volumes"]}
    kinds |= {
        claim["metadata"]["name"]: {"claim"} for claim in RESOURCES["StatefulSet"]["spec"]["volumeClaimTemplates"]
    }
    writable = {
        mount["mountPath"]: kinds[mount["name"]] for mount in CONTAINER["volumeMounts"] if not mount.get("readOnly")
    }
    configuration = RESOURCES["ConfigMap"]["data"]["cellar.toml"]
    spool = re.search(r'^spool_dir = "(.*)"$', configuration, re.MULTILINE)
    size = re.search(r'^spool_size = "(.*)B"$', configuration, re.MULTILINE)
    assert spool is not None and size is not None
    assert writable == {data: {"claim"}, spool[1]: {"emptyDir"}}
    assert [volume["emptyDir"]["sizeLimit"] for volume in POD["volumes"] if "emptyDir" in volume] == [size[1]]


def test_the_user_is_the_images() -> None:
    user = re.search(r"^USER (\d+):(\d+)$", image_settings.DOCKERFILE.read_text(), re.MULTILINE)
    assert user is not None
    context = POD["securityContext"]
    assert (context["runAsUser"], context["runAsGroup"]) == (int(user[1]), int(user[2]))
    assert context["fsGroup"] == int(user[2])


def test_replicas_differ_from_one_server_in_what_they_share(shutdown_timeout: int) -> None:
    pod = load(REPLICAS)["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    settings = {one["name"]: one.get("value") for one in container.pop("env")}
    assert container == CONTAINER
    drain = seconds(str(settings["CELLAR_SERVER_DRAIN_TIME"]))
    assert pod["terminationGracePeriodSeconds"] > shutdown_timeout + drain
    known = (REPOSITORY / "docs/configuration.md").read_text()
    assert all(f"`{name}`" in known for name in settings), "not every variable is a setting's"
    own = {"containers", "volumes", "terminationGracePeriodSeconds"}
    assert {key: pod[key] for key in pod.keys() - own} == {key: POD[key] for key in POD.keys() - own}
    assert {volume["name"] for volume in pod["volumes"]} == {volume["name"] for volume in POD["volumes"]} | {"data"}
