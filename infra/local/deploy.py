"""Deploying the real `template.yaml` to the emulator: the SAM transform, then CloudFormation.

The fix-ups below are the whole difference to `sam deploy`; each says why it is there.
"""

import copy
import hashlib
import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

from infra.local.place import ROOT

STACK = "hues"
BUCKET = "hues-deployment"
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
DEPLOY_S = 120
_ANY = "x-amazon-apigateway-any-method"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_LISTED = {
    "AWS::DynamoDB::Table": "tables",
    "AWS::SQS::Queue": "queues",
    "AWS::S3::Bucket": "buckets",
    "AWS::Lambda::Function": "functions",
    "AWS::Events::EventBus": "buses",
}


class NotDeployed(Exception):
    """CloudFormation refused; the message has its reasons."""


def zipped(folder: Path) -> bytes:
    """A folder as a zip that is the same for the same content."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                info = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
                info.external_attr = 0o644 << 16
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, path.read_bytes())
    return out.getvalue()


def without_layers(template: dict[str, Any]) -> dict[str, Any]:
    """Drop the layers: the emulator unpacks them once per worker and leaves them behind, and here
    the interpreter's own environment has them already (the launcher puts `layers/city/python` on
    the path)."""
    fixed = copy.deepcopy(template)
    fixed["Resources"] = {
        name: resource
        for name, resource in fixed["Resources"].items()
        if resource["Type"] != "AWS::Serverless::LayerVersion"
    }
    fixed.get("Globals", {}).get("Function", {}).pop("Layers", None)
    for resource in fixed["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"].pop("Layers", None)
    return fixed


def with_methods(expanded: dict[str, Any]) -> dict[str, Any]:
    """Write out ANY: the emulator's REST import drops `x-amazon-apigateway-any-method`, and every
    call would be answered 403 "Missing Authentication Token"."""
    fixed = copy.deepcopy(expanded)
    for resource in fixed["Resources"].values():
        if resource["Type"] == "AWS::ApiGateway::RestApi":
            for operations in resource["Properties"]["Body"]["paths"].values():
                anything = operations.pop(_ANY, None)
                for method in METHODS if anything else ():
                    operations.setdefault(method, copy.deepcopy(anything))
    return fixed


def with_binary_types(expanded: dict[str, Any]) -> dict[str, Any]:
    """Name binary media types as they are: SAM keeps its own `~1` for the slash in it, the
    emulator takes it literally, and a PDF would come as base64."""
    fixed = copy.deepcopy(expanded)
    for resource in fixed["Resources"].values():
        if resource["Type"] == "AWS::ApiGateway::RestApi":
            told = resource["Properties"]["Body"].get("x-amazon-apigateway-binary-media-types", [])
            resource["Properties"]["BinaryMediaTypes"] = told
    return fixed


def without_archives(expanded: dict[str, Any]) -> dict[str, Any]:
    """Leave out event archives: the emulator does not know the type and refuses the whole stack."""
    fixed = copy.deepcopy(expanded)
    for name, resource in list(fixed["Resources"].items()):
        if resource["Type"] == "AWS::Events::Archive":
            del fixed["Resources"][name]
    return fixed


def with_small_bursts(expanded: dict[str, Any]) -> dict[str, Any]:
    """Let a queue wake two processes of its function at a time, whatever the template says: the
    emulator starts five, or 200 for a lane of warnings, each a process, and on a laptop their cold
    starts only delay one another."""
    fixed = copy.deepcopy(expanded)
    for resource in fixed["Resources"].values():
        if resource["Type"] == "AWS::Lambda::EventSourceMapping":
            resource["Properties"]["ScalingConfig"] = {"MaximumConcurrency": 2}
    return fixed


def transformed(template: dict[str, Any], region: str, iam: Any) -> dict[str, Any]:
    """The SAM transform, which AWS does on its side."""
    from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
    from samtranslator.translator.transform import transform

    made: dict[str, Any] = transform(template, {"AWS::Region": region}, ManagedPolicyLoader(iam))
    return made


def read_template(path: Path) -> dict[str, Any]:
    """A SAM template with its short intrinsic functions written out."""
    from samtranslator.yaml_helper import yaml_parse

    read: dict[str, Any] = yaml_parse(path.read_text("utf-8"))
    return read


def upload_code(template: dict[str, Any], root: Path, s3: Any) -> dict[str, Any]:
    """Zip each function's folder, once, to the deployment bucket; names carry the content's hash,
    so that an update sees what changed."""
    fixed = copy.deepcopy(template)
    held: dict[str, str] = {}
    for resource in fixed["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            code = resource["Properties"]["CodeUri"]
            if code not in held:
                body = zipped(root / code)
                name = f"{code.replace('/', '-')}-{hashlib.sha256(body).hexdigest()[:16]}.zip"
                s3.put_object(Bucket=BUCKET, Key=name, Body=body)
                held[code] = f"s3://{BUCKET}/{name}"
            resource["Properties"]["CodeUri"] = held[code]
    return fixed


def deploy(
    endpoint: str, region: str, parameters: dict[str, str], template: Path = ROOT / "template.yaml"
) -> dict[str, Any]:
    """Create the stack, or update it when it is there.

    Returns:
        `api` (its local address), `outputs`, and by kind the physical names of `tables`, `queues`,
        `buckets`, `functions` and `buses`.

    Raises:
        NotDeployed: the stack did not come up.
    """
    import boto3
    from samtranslator.model.exceptions import InvalidDocumentException

    def client(service: str) -> Any:
        return boto3.client(service, endpoint_url=endpoint, region_name=region)

    s3, cloudformation = client("s3"), client("cloudformation")
    there = any(bucket["Name"] == BUCKET for bucket in s3.list_buckets()["Buckets"])
    if not there:
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": region})
    source = upload_code(without_layers(read_template(template)), template.parent, s3)
    try:
        made = transformed(source, region, client("iam"))
    except InvalidDocumentException as invalid:
        raise NotDeployed(str(invalid.message)) from invalid
    for fix in (with_methods, with_binary_types, without_archives, with_small_bursts):
        made = fix(made)
    # By address: it is over CloudFormation's 51,200 characters for a template in the request.
    s3.put_object(Bucket=BUCKET, Key="template.json", Body=json.dumps(made, default=str).encode())
    change = cloudformation.update_stack if there else cloudformation.create_stack
    change(
        StackName=STACK,
        TemplateURL=f"{endpoint}/{BUCKET}/template.json",
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
    )
    stack = _wait(cloudformation)
    outputs = {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
    found = [r for page in pages for r in page["StackResourceSummaries"]]
    return {**described(found, made, endpoint), "outputs": outputs}


def described(
    resources: list[dict[str, Any]], template: dict[str, Any], endpoint: str
) -> dict[str, Any]:
    """What `deploy` returns, from CloudFormation's list of resources."""
    names: dict[str, Any] = {kind: [] for kind in _LISTED.values()}
    api = ""
    for resource in resources:
        kind, physical = resource["ResourceType"], resource["PhysicalResourceId"]
        if kind in _LISTED:
            names[_LISTED[kind]].append(physical)
        elif kind == "AWS::ApiGateway::RestApi":
            api = physical
    stage = next(
        r["Properties"]["StageName"]
        for r in template["Resources"].values()
        if r["Type"] == "AWS::ApiGateway::Stage"
    )
    return {"api": f"{endpoint}/restapis/{api}/{stage}/_user_request_", **names}


def _wait(cloudformation: Any) -> dict[str, Any]:
    deadline = time.monotonic() + DEPLOY_S
    while True:
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        status = stack["StackStatus"]
        if not status.endswith("_IN_PROGRESS") or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        reasons = [
            f"{e['LogicalResourceId']}: {e.get('ResourceStatusReason')}"
            for e in events
            if e["ResourceStatus"].endswith("FAILED")
        ]
        raise NotDeployed("template.yaml was refused: " + ("; ".join(reasons) or status))
    return stack
