"""Attacks that are tried on every operation of the contract."""

import json
import re
from importlib import import_module
from pathlib import Path
from uuid import uuid4

import pytest

import aicontext
from aicontext.entrypoints.api.access import guard_of
from aicontext.entrypoints.api.app import surface

ROOT = Path(aicontext.__file__).parent
CONTRACT = json.loads((ROOT.parents[1] / "contracts/openapi.json").read_text(encoding="utf-8"))
OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in CONTRACT["paths"].items()
    for method, operation in methods.items()
]
JSON = "application/json"
TAKING = [one for one in OPERATIONS if JSON in one[2].get("requestBody", {}).get("content", {})]
FORBIDDEN = {
    "organisation": "1" * 32,
    "id": "1" * 32,
    "version": 99,
    "created_at": "2000-01-01T00:00:00Z",
    "digest": "0" * 64,
}
STRANGE = (
    "%00",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "0" * 5000,
    "%F0%9F%A6%8A",
    "%ff%fe",
    "1e9",
    "-1",
    "'%20OR%201=1%20--",
    "%7B%7B7*7%7D%7D",
    "0" * 31 + "G",
    "%EF%BC%90" * 32,
)
OPEN = {
    *("accept_invitation", "make_first_account", "reset_password"),
    *("use_join", "use_reset", "use_setup"),
    *("sign_in", "sign_in_with_passkey", "sign_in_with_second_factor", "ask_for_passkey"),
    *("refresh_tokens", "sign_out", "token", "introspect", "revoke"),
    *("device_authorization", "take_code", "take_decision"),
    "receive_callback",
}
"""Operations that anyone may call and that change something: by a secret in what they are given."""


def filled(path: str) -> str:
    return re.sub(r"{\w+}", lambda _: uuid4().hex, path)


def test_no_body_assigns_what_is_not_its_own(api) -> None:
    tried = 0
    for method, path, operation in TAKING:
        schema = operation["requestBody"]["content"][JSON]["schema"]
        schema = CONTRACT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        assert schema.get("additionalProperties") is False, path
        for name, value in FORBIDDEN.items():
            if name in schema["properties"]:
                continue
            found = api.ask(method, filled(path), {name: value})
            assert found.status in (401, 403, 404, 422), (method, path, name)
            at = {one["at"]: one["message"] for one in found.json.get("errors", ())}
            assert not at or f"body/{name}" in at or any("path" in one for one in at), (path, at)
            tried += 1
    assert tried > 100


@pytest.mark.parametrize("strange", STRANGE, ids=range(len(STRANGE)))
def test_no_id_is_more_than_an_id(api, strange) -> None:
    for method, path, _ in OPERATIONS:
        if "{" not in path:
            continue
        found = api.ask(method, re.sub(r"{\w+}", strange, path))
        assert found.status < 500, (method, path, found.body)
        if found.status >= 400:
            assert found.problem[0] == found.status


def test_cursors_units_and_numbers_that_are_none(api) -> None:
    lists = [
        path
        for _, path, operation in OPERATIONS
        if any(one["name"] == "cursor" for one in operation.get("parameters", ()))
    ]
    assert len(lists) >= 4
    limits = ("limit=0", "limit=1e3", "limit=-1", "limit=NaN")
    for path in lists:
        for query in ("cursor=%00", "cursor=" + "A" * 400, *limits):
            assert api.ask("GET", f"{filled(path)}?{query}").problem[0] in (404, 422), (path, query)
    times = ("since=yesterday", "since=2026-01-01", "since=0.5", "since=1764300000", "until=9e99")
    for query in (*times, "grain=fortnight", "by=soul"):
        found = api.ask("GET", f"/api/v1/analytics/usage?{query}")
        assert found.problem == (422, "invalid_input")
    for ends in (4e9, "4000000000", True):
        key = {"name": "k", "scopes": ["context:read"], "expires_at": ends}
        assert api.ask("POST", "/api/v1/keys", key).problem == (422, "invalid_input")


def patterns() -> dict[str, str]:
    """Every pattern where strangers' text arrives, by what it is called."""
    found = {}
    for folder in ("entrypoints/api", "services/enterprise", "domain/tenancy", "kit/web"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            parts = file.relative_to(ROOT.parent).with_suffix("").parts
            name = ".".join(parts).removesuffix(".__init__")
            for attribute, one in vars(import_module(name)).items():
                if isinstance(one, re.Pattern):
                    text = one.pattern
                    plain = text if isinstance(text, str) else text.decode("latin-1")
                    found[f"{name}.{attribute}"] = plain
    return found


def nested(parsed, inside: bool = False) -> bool:
    """Whether an unbounded repeat that can be given back stands in another."""
    for code, value in parsed:
        match str(code):
            case "MAX_REPEAT" | "MIN_REPEAT":
                unbounded = value[1] > 1000
                if (inside and unbounded) or nested(value[2], inside or unbounded):
                    return True
            case "SUBPATTERN":
                if nested(value[3], inside):
                    return True
            case "BRANCH":
                if any(nested(one, inside) for one in value[1]):
                    return True
    return False


def test_no_pattern_takes_more_than_linear_time() -> None:
    parse = re._parser.parse
    assert nested(parse(r"(a+)+b"))
    assert nested(parse(r"(?:x|(?:a*))*b"))
    found = patterns()
    assert len(found) >= 10
    assert [name for name, text in found.items() if nested(parse(text))] == []


def test_what_anyone_may_call_is_known(api) -> None:
    changing = {"POST", "PUT", "PATCH", "DELETE"}
    opened = {
        route.name
        for route in surface(api.parts).routes
        if guard_of(route) is None and changing & set(getattr(route, "methods", None) or ())
    }
    assert opened == OPEN


def test_every_answer_is_closed_to_pages(api) -> None:
    for path in ("/version", "/api/v1/users/me", "/api/v1/nowhere", "/setup?link=x", "/docs"):
        found = api.ask("GET", path).headers
        policy = found["content-security-policy"]
        assert "frame-ancestors 'none'" in policy, path
        assert "base-uri 'none'" in policy, path
        assert "default-src 'none'" in policy or "object-src 'none'" in policy, path
        assert found["x-content-type-options"] == "nosniff"
        assert found["cross-origin-resource-policy"] == "same-origin"
        assert found["referrer-policy"] in ("no-referrer", "same-origin")
        assert "no-store" in found["cache-control"] or path == "/docs"
        assert "strict-transport-security" not in found


def test_trace_is_no_method(api) -> None:
    assert api.ask("TRACE", "/version").problem[0] == 405
