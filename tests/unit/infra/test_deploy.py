"""The pure parts of the local deployment: zips and fix-ups."""

import functools
from pathlib import Path
from typing import Any

from infra.local import deploy
from infra.local.place import ROOT, Place


def test_a_zip_depends_on_content_only(tmp_path: Path) -> None:
    made = []
    for name, order in (("a", ("app.py", "more.py")), ("b", ("more.py", "app.py"))):
        folder = tmp_path / name
        (folder / "__pycache__").mkdir(parents=True)
        (folder / "__pycache__" / f"{name}.pyc").write_text(name)
        for file in order:
            (folder / file).write_text(file)
        made.append(deploy.zipped(folder))
    assert made[0] == made[1]
    (tmp_path / "b" / "app.py").write_text("changed")
    assert deploy.zipped(tmp_path / "b") != made[0]


def test_layers_go() -> None:
    template: dict[str, Any] = {
        "Globals": {"Function": {"Layers": ["L"], "Timeout": 3}},
        "Resources": {
            "L": {"Type": "AWS::Serverless::LayerVersion", "Properties": {}},
            "F": {"Type": "AWS::Serverless::Function", "Properties": {"Layers": ["L"]}},
        },
    }
    assert deploy.without_layers(template) == {
        "Globals": {"Function": {"Timeout": 3}},
        "Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": {}}},
    }
    assert "L" in template["Resources"]  # what came in is untouched


def test_any_is_written_out_and_loses_to_a_named_method() -> None:
    paths = {"/x": {deploy._ANY: {"to": "any"}, "get": {"to": "get"}}, "/y": {"post": {}}}
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": {"paths": paths}}}
    fixed = deploy.with_methods({"Resources": {"Api": api}})
    made = fixed["Resources"]["Api"]["Properties"]["Body"]["paths"]
    assert made["/x"] == {m: {"to": "get" if m == "get" else "any"} for m in deploy.METHODS}
    assert made["/y"] == {"post": {}}


def test_bursts_are_bounded_whatever_the_template_says() -> None:
    kind = "AWS::Lambda::EventSourceMapping"
    said = {"ScalingConfig": {"MaximumConcurrency": 9}}
    sources = {n: {"Type": kind, "Properties": p} for n, p in (("a", {}), ("b", said))}
    fixed = deploy.with_small_bursts({"Resources": sources})["Resources"]
    assert [fixed[n]["Properties"]["ScalingConfig"]["MaximumConcurrency"] for n in "ab"] == [2, 2]


def test_archives_go() -> None:
    resources = {"a": {"Type": "AWS::Events::Archive"}, "b": {"Type": "AWS::SQS::Queue"}}
    assert list(deploy.without_archives({"Resources": resources})["Resources"]) == ["b"]


class NoPolicies:
    """IAM without managed policies."""

    def get_paginator(self, _: str) -> "NoPolicies":
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"Policies": []}]


@functools.cache
def expanded() -> dict[str, Any]:
    """The template after the transform, which takes seconds; nobody changes it."""
    template = deploy.read_template(ROOT / "template.yaml")
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Properties"]["ContentUri"] = "s3://bucket/layer"
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/code"
    return deploy.transformed(template, "ap-southeast-1", NoPolicies())


def test_the_stack_stays_far_from_cloudformations_500_resources() -> None:
    assert len(expanded()["Resources"]) < 450


def test_every_queue_has_dead_letters_and_every_consumer_reports_failures() -> None:
    resources = expanded()["Resources"].values()
    queues = [r["Properties"] for r in resources if r["Type"] == "AWS::SQS::Queue"]
    live = [q for q in queues if not q["QueueName"]["Fn::Sub"].endswith("-dlq")]
    assert live
    assert all("RedrivePolicy" in queue for queue in live)
    sources = [r["Properties"] for r in resources if r["Type"] == "AWS::Lambda::EventSourceMapping"]
    assert all(s["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for s in sources)


def test_described() -> None:
    listed = [
        {"ResourceType": "AWS::DynamoDB::Table", "PhysicalResourceId": "t"},
        {"ResourceType": "AWS::ApiGateway::RestApi", "PhysicalResourceId": "abc"},
        {"ResourceType": "AWS::IAM::Role", "PhysicalResourceId": "r"},
    ]
    template = {
        "Resources": {"S": {"Type": "AWS::ApiGateway::Stage", "Properties": {"StageName": "city"}}}
    }
    stack = deploy.described(listed, template, "http://e")
    assert stack["api"] == "http://e/restapis/abc/city/_user_request_"
    assert (stack["tables"], stack["queues"]) == (["t"], [])


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    place = Place(tmp_path, 1)
    secret = place.secret()
    assert len(secret) >= 32
    assert place.secret() == secret
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
