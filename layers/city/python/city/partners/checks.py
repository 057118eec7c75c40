"""What a machine can find wrong with a manifest, by the city's data: one finding for each field."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from city.contracts.manifest import AppManifest, AppPermission, ordered
from city.kernel.problems import FieldError
from city.kernel.reference import Reference
from city.kernel.text import plain
from city.partners.documents import PartnerRules

EVERYONE = "everyone"
OWN_MACHINE = frozenset({"localhost", "127.0.0.1"})


def findings(
    manifest: AppManifest,
    rules: PartnerRules,
    city: Reference,
    hosts: Sequence[str],
    live: AppManifest | None,
    host_version: str,
) -> list[FieldError]:
    """Everything that is wrong. `live` is the version that people open now, if there is one."""
    return [
        *_versions(manifest, live, host_version),
        *_addresses(manifest, hosts),
        *_listed(manifest, rules, city),
        *_permissions(manifest, rules),
        *_keeping(manifest, rules),
    ]


def _found(field: str, vi: str, en: str) -> FieldError:
    return FieldError(field=field, vi=vi, en=en)


def _versions(
    manifest: AppManifest, live: AppManifest | None, host_version: str
) -> Iterator[FieldError]:
    if live and ordered(manifest.version) <= ordered(live.version):
        yield _found(
            "version",
            f"Phải lớn hơn bản đang hoạt động ({live.version}).",
            f"Must be higher than the live one ({live.version}).",
        )
    if ordered(manifest.min_host_version) > ordered(host_version):
        yield _found(
            "min_host_version",
            f"Nền tảng đang ở bản {host_version}, chưa có bản này.",
            f"The platform is at {host_version}; this version does not exist yet.",
        )


def _addresses(manifest: AppManifest, hosts: Sequence[str]) -> Iterator[FieldError]:
    listed = ", ".join(hosts) or "–"
    for field in ("entry", "sandbox_entry"):
        host = urlsplit(getattr(manifest, field)).hostname
        if host is None or host in hosts or (field == "sandbox_entry" and host in OWN_MACHINE):
            continue
        yield _found(
            field,
            f"Máy chủ {host} chưa được phép cho tổ chức này (được phép: {listed}).",
            f"The host {host} is not allowed for this organisation (allowed: {listed}).",
        )


def _listed(manifest: AppManifest, rules: PartnerRules, city: Reference) -> Iterator[FieldError]:
    if manifest.icon not in rules.limits.icons:
        yield _found("icon", "Không có biểu tượng này.", "There is no such icon.")
    roles = {role.id for role in city.roles} | {EVERYONE}
    for field, told, known, vi, en in (
        ("roles", manifest.roles, roles, "vai trò", "role"),
        ("events", manifest.events, rules.events, "sự kiện dành cho đối tác", "event for partners"),
    ):
        for n, one in enumerate(told):
            if one not in known:
                yield _found(f"{field}.{n}", f"Không có {vi} “{one}”.", f"No {en} is “{one}”.")
            elif one in told[:n]:
                yield _found(f"{field}.{n}", f"“{one}” có hai lần.", f"“{one}” comes twice.")


def _permissions(manifest: AppManifest, rules: PartnerRules) -> Iterator[FieldError]:
    seen: set[str] = set()
    for n, asked in enumerate(manifest.permissions):
        field = f"permissions.{n}"
        if asked.scope not in rules.scope:
            yield _found(
                f"{field}.scope",
                f"Không có quyền “{asked.scope}”.",
                f"There is no scope “{asked.scope}”.",
            )
        elif asked.scope in seen:
            yield _found(f"{field}.scope", "Quyền này có hai lần.", "This scope comes twice.")
        seen.add(asked.scope)
        yield from _purpose(asked, field, rules)


def _purpose(asked: AppPermission, field: str, rules: PartnerRules) -> Iterator[FieldError]:
    """A purpose is a sentence about what is done, not a wish."""
    for language in ("vi", "en"):
        said = plain(getattr(asked.purpose, language))
        words = re.findall(r"\w+", said)
        hollow = next((v for v in rules.limits.vague if plain(v) in said), None)
        if len(words) < rules.limits.purpose_words or len(set(words)) < len(words) / 2:
            yield _found(
                f"{field}.purpose.{language}",
                f"Nói rõ dùng để làm gì, ít nhất {rules.limits.purpose_words} từ.",
                f"Say what it is used for, in at least {rules.limits.purpose_words} words.",
            )
        elif hollow:
            yield _found(
                f"{field}.purpose.{language}",
                f"“{hollow}” không nói lên việc gì; nêu việc cụ thể.",
                f"“{hollow}” says nothing; name what is done.",
            )


def _keeping(manifest: AppManifest, rules: PartnerRules) -> Iterator[FieldError]:
    limits = rules.limits
    asked = [rules.scope[one.scope] for one in manifest.permissions if one.scope in rules.scope]
    sensitive = any(scope.sensitive for scope in asked)
    most = limits.sensitive_retention_days if sensitive else limits.retention_days
    if manifest.retention_days > most:
        yield _found(
            "retention_days",
            f"Với các quyền này chỉ được giữ tối đa {most} ngày.",
            f"With these permissions data may be kept for at most {most} days.",
        )
    if sensitive and not manifest.dpia.strip():
        yield _found(
            "dpia",
            "Có quyền về dữ liệu nhạy cảm: cần số hồ sơ đánh giá tác động.",
            "Sensitive data are asked for: the impact assessment's reference is needed.",
        )
