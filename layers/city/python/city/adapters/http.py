"""`Unit`: a Chalice app that knows pydantic models, roles, problem details and one log line.

Chalice owns the triggers; this class adds what it lacks (docs/decisions/0002): routing of
API Gateway `{proxy+}` events, parsing by signature, rights, RFC 9457 errors, events by contract.
"""

import base64
import json
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import unquote

from chalice.app import Chalice, Response
from pydantic import BaseModel

from city.adapters import log, trace
from city.adapters.events import EventTriggers
from city.adapters.routes import (
    Reply,
    Request,
    Route,
    arguments,
    declare,
)
from city.adapters.tokens import read
from city.adapters.trust import trust
from city.kernel import policy
from city.kernel.clock import utc_now
from city.kernel.people import Principal
from city.kernel.problems import TYPE_PREFIX, NotFound, Problem
from city.kernel.text import Language, text

__all__ = ["Reply", "Request", "Unit"]

F = TypeVar("F", bound=Callable[..., Any])
BINARY = frozenset({"application/pdf"})  # also named in template.yaml: Api
_WRITES = {"POST", "PUT", "PATCH", "DELETE"}


class MethodNotAllowed(Problem):
    """The path exists, not with this method."""

    status = 405
    slug = "method-not-allowed"
    title = text("Phương thức không dùng được", "Method not allowed")
    detail = text("Đường dẫn này chỉ nhận {allowed}.", "This path takes {allowed} only.")


class Unit(EventTriggers, Chalice):
    """One bounded context's triggers. Routes are whole paths, such as `/v1/reports/{id}`."""

    def __init__(self, unit: str) -> None:
        super().__init__(app_name=unit, configure_logs=False)
        self.unit = unit
        self.declared: list[Route] = []
        self._context: Any = None

    def get(
        self,
        path: str,
        *,
        media_types: tuple[str, ...] = (),
        shape: type[BaseModel] | None = None,
    ) -> Callable[[F], F]:
        """Declare a read. `shape` is the body's model where the handler returns a `Reply`."""
        return self._declare("GET", path, 200, False, media_types, shape)

    def post(
        self,
        path: str,
        *,
        status: int = 200,
        idempotent: bool = True,
        media_types: tuple[str, ...] = (),
        shape: type[BaseModel] | None = None,
    ) -> Callable[[F], F]:
        """Declare a write; `idempotent=False` where an answer must never be kept (sign-in)."""
        return self._declare("POST", path, status, idempotent, media_types, shape)

    def patch(self, path: str) -> Callable[[F], F]:
        """Declare a partial update."""
        return self._declare("PATCH", path, 200, True, ())

    def put(self, path: str, *, status: int = 200) -> Callable[[F], F]:
        """Declare a replacement."""
        return self._declare("PUT", path, status, True, ())

    def delete(self, path: str, *, status: int = 200) -> Callable[[F], F]:
        """Declare a removal."""
        return self._declare("DELETE", path, status, True, ())

    def _declare(
        self,
        method: str,
        path: str,
        status: int,
        idempotent: bool,
        media_types: tuple[str, ...],
        shape: type[BaseModel] | None = None,
    ) -> Callable[[F], F]:
        def wrap(call: F) -> F:
            route = declare(
                self.unit,
                method,
                path,
                call,
                status=status,
                idempotent=idempotent,
                media_types=media_types or ("application/json",),
                shape=shape,
            )
            self.declared.append(route)

            def view(**path_values: str) -> Response:
                return self._serve(route, path_values)

            view.__name__ = call.__name__
            self.route(path, methods=[method], content_types=["*/*"])(view)
            return call

        return wrap

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Entry for API Gateway REST events, exact or `{proxy+}`."""
        self._context = context
        headers = {k.lower(): v for k, v in (event.get("headers") or {}).items()}
        thread = trace.continued(headers.get("traceparent"), headers.get("x-correlation-id"))
        method, path = event.get("httpMethod", "GET"), event.get("path") or "/"
        started = time.perf_counter()
        with trace.following(thread) as facts:
            template, values = self._match(path)
            if template is None:
                answer = self._plain(self._refusal(NotFound(what=path), headers))
            elif method not in self.routes[template]:
                allowed = ", ".join(sorted(self.routes[template]))
                problem = MethodNotAllowed(allowed=allowed, headers={"Allow": allowed})
                answer = self._plain(self._refusal(problem, headers))
            else:
                answer = super().__call__(_as_chalice_wants(event, template, values), context)
            answer.setdefault("headers", {})["X-Correlation-Id"] = thread.correlation_id
            if answer["headers"].get("Content-Type") in BINARY:
                answer["isBase64Encoded"] = True
            status = answer["statusCode"]
            log.line(
                self.unit,
                "request",
                thread,
                failed=status >= HTTPStatus.INTERNAL_SERVER_ERROR,
                method=method,
                route=template,
                status=status,
                ms=round((time.perf_counter() - started) * 1000, 1),
                **facts,
            )
        return answer

    def _match(self, path: str) -> tuple[str | None, dict[str, str]]:
        """The declared route of a real path; literal segments win over `{names}`."""
        parts = path.strip("/").split("/")
        best: tuple[str | None, dict[str, str]] = (None, {})
        best_rank: list[bool] | None = None
        for template in self.routes:
            wanted = template.strip("/").split("/")
            if len(wanted) != len(parts):
                continue
            values: dict[str, str] = {}
            for want, part in zip(wanted, parts, strict=True):
                if want.startswith("{"):
                    values[want.strip("{}")] = unquote(part)
                elif want != part:
                    break
            else:
                rank = [want.startswith("{") for want in wanted]
                if best_rank is None or rank < best_rank:
                    best, best_rank = (template, values), rank
        return best

    def _serve(self, route: Route, path_values: dict[str, str]) -> Response:
        raw: Any = self.current_request
        headers = {k.lower(): v for k, v in (raw.headers or {}).items()}
        try:
            who = self._caller(headers, route)
            request = _request(raw, headers)
            values = arguments(route, request, path_values, who)
            if request.idempotency_key and route.idempotent and route.method in _WRITES:
                return self._once(route, request, who, values)
            return _response(route.call(**values), route)
        except Problem as problem:
            return self._refusal(problem, headers)
        except Exception as error:  # noqa: BLE001 - an escaped exception costs a cold start
            trace.note(error=type(error).__name__)
            log.logger(self.unit).exception("unexpected")
            return self._refusal(Problem(), headers)

    def _once(
        self, route: Route, request: Request, who: Principal | None, values: dict[str, Any]
    ) -> Response:
        from city.adapters.idempotency import once  # costs 100 ms: only when a key is sent

        owner = who.user_id if who else request.source_ip
        key = f"{self.unit}:{owner}:{request.method}:{request.path}:{request.idempotency_key}"

        def act() -> dict[str, Any]:
            answer = _response(route.call(**values), route)
            return {"body": answer.body, "status": answer.status_code, "headers": answer.headers}

        kept = once(key, request.raw_body.decode(errors="replace"), self._context, act)
        return Response(kept["body"], dict(kept["headers"]), int(kept["status"]))

    def _caller(self, headers: dict[str, str], route: Route) -> Principal | None:
        """Who asks, once the policy let them in. Open routes still learn who it is.

        Raises:
            Unauthenticated: a token is needed or the one given is not good.
            Forbidden, AssuranceNeeded: the policy has no line that fits the caller.
        """
        scheme, _, token = headers.get("authorization", "").partition(" ")
        now = utc_now()
        who = read(token, trust(), now) if scheme.lower() == "bearer" and token else None
        policy.admit(who, route.action, now)
        return who

    def _refusal(self, problem: Problem, headers: dict[str, str]) -> Response:
        language = _language(headers)
        trace.note(problem=problem.slug)
        body = {
            "type": TYPE_PREFIX + problem.slug,
            "title": problem.title.within(language),
            "status": problem.status,
            "detail": problem.message.within(language),
            "messages": problem.message.model_dump(),
            "correlation_id": trace.current().correlation_id,
            **({"errors": [e.model_dump() for e in problem.errors]} if problem.errors else {}),
            **problem.extra,
        }
        return Response(
            json.dumps(body, ensure_ascii=False),
            {"Content-Type": "application/problem+json", **problem.headers},
            problem.status,
        )

    @staticmethod
    def _plain(answer: Response) -> dict[str, Any]:
        return dict(answer.to_dict())


def _as_chalice_wants(
    event: dict[str, Any], template: str, values: dict[str, str]
) -> dict[str, Any]:
    context = dict(event.get("requestContext") or {})
    context["resourcePath"] = template
    context["httpMethod"] = event["httpMethod"]
    multi = event.get("multiValueQueryStringParameters")
    if multi is None:
        single = event.get("queryStringParameters") or {}
        multi = {name: [value] for name, value in single.items()}
    return {
        **event,
        "requestContext": context,
        "pathParameters": values or None,
        "multiValueQueryStringParameters": multi,
        "headers": event.get("headers") or {},
        "stageVariables": event.get("stageVariables"),
        "isBase64Encoded": event.get("isBase64Encoded", False),
    }


def _request(raw: Any, headers: dict[str, str]) -> Request:
    query = raw.query_params
    return Request(
        method=raw.method,
        path=raw.context.get("path") or raw.path,
        headers=headers,
        query={name: query.getlist(name) for name in query} if query else {},
        raw_body=_bytes(raw.raw_body),
        language=_language(headers),
        source_ip=(raw.context.get("identity") or {}).get("sourceIp")
        or headers.get("x-forwarded-for", "").split(",")[0].strip()
        or "unknown",
        correlation_id=trace.current().correlation_id,
    )


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body or "").encode()


def _language(headers: dict[str, str]) -> Language:
    """The first of vi and en in `Accept-Language`; Vietnamese unless English comes first."""
    for part in headers.get("accept-language", "").split(","):
        tag = part.split(";")[0].strip().lower()[:2]
        if tag in ("vi", "en"):
            return "en" if tag == "en" else "vi"
    return "vi"


def _response(result: Any, route: Route) -> Response:
    reply = result if isinstance(result, Reply) else Reply(result, route.status)
    body: str = ""
    if isinstance(reply.body, BaseModel):
        body = reply.body.model_dump_json(by_alias=True)
    elif isinstance(reply.body, dict | list):
        body = json.dumps(reply.body, ensure_ascii=False)
    elif isinstance(reply.body, bytes):
        body = base64.b64encode(reply.body).decode()
    elif isinstance(reply.body, str):
        body = reply.body
    headers: dict[str, str | list[str]] = {**reply.headers}
    if reply.status != HTTPStatus.NO_CONTENT:
        headers = {"Content-Type": reply.media_type, **headers}
    return Response(body, headers, reply.status)
