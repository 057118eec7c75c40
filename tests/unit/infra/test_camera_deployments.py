"""Manifests of the camera workers against the worker's own settings; read, not applied."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gpu_workers.cameras.settings import from_environment
from gpu_workers.cameras.worker import FLUSH_S

ROOT = Path(__file__).resolve().parents[3]
BASE = ROOT / "infra/kubernetes/cameras"
ECS = ROOT / "infra/ecs/cameras.yaml"
SOURCE = (ROOT / "gpu_workers/cameras/settings.py").read_text("utf-8")
KNOWN = set(re.findall(r'"([A-Z_]{4,})"', SOURCE))
AWS = {"AWS_DEFAULT_REGION"}


def _documents() -> dict[tuple[str, str], Any]:
    names = yaml.safe_load((BASE / "kustomization.yaml").read_text())["resources"]
    found = [doc for name in names for doc in yaml.safe_load_all((BASE / name).read_text())]
    return {(doc["kind"], doc["metadata"]["name"]): doc for doc in found}


def _ecs() -> Any:
    class Loader(yaml.SafeLoader):
        """CloudFormation's tags as their plain values."""

    def plain(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return loader.construct_scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        assert isinstance(node, yaml.MappingNode)
        return loader.construct_mapping(node, deep=True)

    Loader.add_multi_constructor("!", plain)
    return yaml.load(ECS.read_text(), Loader)  # noqa: S506 - a SafeLoader with plain tags


def _kubernetes_settings() -> dict[str, str]:
    docs = _documents()
    container = docs["Deployment", "camera-worker"]["spec"]["template"]["spec"]["containers"][0]
    given = {variable["name"]: "given" for variable in container["env"]}
    return {**docs["ConfigMap", "camera-worker"]["data"], **given}


def test_kubernetes_gives_the_settings_that_a_worker_reads_and_no_others() -> None:
    told = _kubernetes_settings()
    assert set(told) - AWS <= KNOWN
    settings = from_environment(told)
    assert settings.name == settings.key == "given"


def test_ecs_gives_the_settings_that_a_worker_reads_and_no_others() -> None:
    container = _ecs()["Resources"]["Task"]["Properties"]["ContainerDefinitions"][0]
    told = {each["Name"]: str(each["Value"]) for each in container["Environment"]}
    told |= {each["Name"]: "given" for each in container["Secrets"]}
    assert set(told) <= KNOWN
    assert from_environment({**told, "CAPACITY": "16"}).key == "given"
    assert container["StopTimeout"] > FLUSH_S


def test_keda_counts_watched_cameras_and_leaves_room_for_a_death() -> None:
    docs = _documents()
    trigger = docs["ScaledObject", "camera-worker"]["spec"]["triggers"][0]
    config = docs["ConfigMap", "camera-worker"]["data"]
    assert trigger["type"] == "aws-sqs-queue"
    assert trigger["metadata"]["scaleOnInFlight"] == "true"
    assert trigger["metadata"]["queueURL"] == config["ASSIGNMENTS_QUEUE_URL"]
    assert int(trigger["metadata"]["queueLength"]) < int(config["CAPACITY"])
    most = docs["ScaledObject", "camera-worker"]["spec"]["maxReplicaCount"]
    assert most * int(trigger["metadata"]["queueLength"]) >= 563
    assert ("TriggerAuthentication", trigger["authenticationRef"]["name"]) in docs


def test_a_pod_has_time_to_leave_and_a_probe_on_the_workers_port() -> None:
    docs = _documents()
    pod = docs["Deployment", "camera-worker"]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert pod["terminationGracePeriodSeconds"] > FLUSH_S
    port = docs["ConfigMap", "camera-worker"]["data"]["PROBE_PORT"]
    assert container["ports"][0]["containerPort"] == int(port)
    assert container["livenessProbe"]["httpGet"]["port"] == container["ports"][0]["name"]
    assert ("ServiceAccount", pod["serviceAccountName"]) in docs


def test_the_gpu_overlay_patches_what_is_there() -> None:
    overlay = yaml.safe_load((BASE / "gpu/kustomization.yaml").read_text())
    docs = _documents()
    for patch in overlay["patches"]:
        doc = docs[patch["target"]["kind"], patch["target"]["name"]]
        for step in yaml.safe_load(patch["patch"]):
            if step["op"] == "replace":
                place: Any = doc
                for part in step["path"].strip("/").split("/"):
                    place = place[int(part) if part.isdigit() else part]
                assert place is not None


def test_the_image_holds_what_a_worker_imports(tmp_path: Path) -> None:
    """The Dockerfile's COPY lines, carried out, are enough to import the worker."""
    for line in (ROOT / "gpu_workers/cameras/Dockerfile").read_text().splitlines():
        found = re.fullmatch(r"COPY (\S+) /srv/(\S+)", line)
        if found:
            source, target = ROOT / found[1], tmp_path / found[2]
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
    done = subprocess.run(
        [sys.executable, "-c", "import gpu_workers.cameras.__main__, gpu_workers.cameras.vision"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_cloudformation_is_well_formed() -> None:
    program = Path(sys.executable).parent / "cfn-lint"
    if not program.exists():
        pytest.fail("cfn-lint belongs to the development environment")
    done = subprocess.run([program, str(ECS)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
