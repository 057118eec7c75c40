"""Deploying the real `template.yaml` to the emulator: the SAM transform, then CloudFormation.

The fix-ups below are the whole difference to `sam deploy`; each says why it is there.
"""

import copy
import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STACK = "hues"
BUCKET = "hues-deployment"
METHODS = ("get", "post", "put", "patch", "delete")
_ANY = "x-amazon-apigateway-any-method"
_EPOCH = (1980, 1, 1, 0, 0, 0)


class NotDeployed(Exception):
    """CloudFormation refused; the message has its reasons."""


def zipped(folder: Path) -> bytes:
    """A folder as a zip that is the same for the same content."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                info = zipfile.ZipInfo(str(path.relative_to(folder)), _EPOCH)
                archive.writestr(info, path.read_bytes())
    return out.getvalue()


def without_layers(template: dict[str, Any]) -> dict[str, Any]:
    """Drop the layers: the emulator unpacks them once per worker, and here the interpreter's own
    environment has them already (the launcher puts `layers/city/python` on the path)."""
    fixed = copy.deepcopy(template)
    fixed["Resources"] = {
        name: resource
        for name, resource in fixed["Resources"].items()
        if resource["Type"] != "AWS::Serverless::LayerVersion"
    }
    fixed.get("Globals", {}).get("Function", {}).pop("Layers", None)
    return fixed


def with_methods(expanded: dict[str, Any]) -> dict[str, Any]:
    """Write out ANY: the emulator's REST import drops `x-amazon-apigateway-any-method`."""
    fixed = copy.deepcopy(expanded)
    for resource in fixed["Resources"].values():
        if resource["Type"] == "AWS::ApiGateway::RestApi":
            for operations in resource["Properties"]["Body"]["paths"].values():
                anything = operations.pop(_ANY, None)
                for method in METHODS if anything else ():
                    operations[method] = copy.deepcopy(anything)
    return fixed


def expanded(template: dict[str, Any], region: str, iam: Any) -> dict[str, Any]:
    """The SAM transform."""
    from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
    from samtranslator.translator.transform import transform

    made: dict[str, Any] = transform(template, {"AWS::Region": region}, ManagedPolicyLoader(iam))
    return made


def deploy(endpoint: str, region: str, parameters: dict[str, str]) -> dict[str, str]:
    """Deploy; returns the stack's outputs and the local address of its API.

    Raises:
        NotDeployed: the stack did not come up.
    """
    import boto3
    from samtranslator.yaml_helper import yaml_parse

    def client(service: str) -> Any:
        return boto3.client(service, endpoint_url=endpoint, region_name=region)

    s3, cloudformation = client("s3"), client("cloudformation")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": region})
    template = without_layers(yaml_parse((ROOT / "template.yaml").read_text("utf-8")))
    uploaded: set[str] = set()
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            code = resource["Properties"]["CodeUri"]
            key = f"{code.replace('/', '-')}.zip"
            if key not in uploaded:
                s3.put_object(Bucket=BUCKET, Key=key, Body=zipped(ROOT / code))
                uploaded.add(key)
            resource["Properties"]["CodeUri"] = f"s3://{BUCKET}/{key}"
    made = with_methods(expanded(template, region, client("iam")))
    # Over CloudFormation's 51,200 characters for a template in the request.
    s3.put_object(Bucket=BUCKET, Key="template.json", Body=json.dumps(made, default=str).encode())
    cloudformation.create_stack(
        StackName=STACK,
        TemplateURL=f"{endpoint}/{BUCKET}/template.json",
        Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
    )
    _wait(cloudformation)
    apis = client("apigateway").get_rest_apis()["items"]
    return {"api": f"{endpoint}/restapis/{apis[0]['id']}/city/_user_request_"}


def _wait(cloudformation: Any) -> None:
    while True:
        stack = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            break
        time.sleep(0.1)
    if stack["StackStatus"] != "CREATE_COMPLETE":
        events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        reasons = [
            f"{e['LogicalResourceId']}: {e.get('ResourceStatusReason')}"
            for e in events
            if e["ResourceStatus"].endswith("FAILED")
        ]
        raise NotDeployed("; ".join(reasons) or stack["StackStatus"])
