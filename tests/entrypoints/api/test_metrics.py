"""What the API tells those who watch it."""

import pytest
from prometheus_client.parser import text_string_to_metric_families
from servers.api import Api

PAGE = "/metrics"


def test_answers_are_counted_by_route_whatever_was_asked_for(api: Api) -> None:
    for path in ("/health", "/api/v1/context/archive/secret-handle", "/no/such/page"):
        api.ask("GET", path)
        api.ask("BREW", path)
    api.ask("POST", "/api/v1/context/count", {"text": "secret-handle"})
    answer = api.ask("GET", PAGE)
    assert answer.status == 200
    families = text_string_to_metric_families(answer.body.decode())
    found = [one for family in families for one in family.samples]
    counted = {
        (one.labels["route"], one.labels["status"]): one.value
        for one in found
        if one.name == "aicontext_response_time_seconds_count"
    }
    assert counted["GET /health", "2xx"] >= 1
    assert counted["POST /api/v1/context/count", "2xx"] >= 1
    assert counted["none", "4xx"] >= 1
    assert "aicontext_cache_total" in {one.name for one in found}
    assert b"secret-handle" not in answer.body
    assert b"no/such" not in answer.body
    assert b"BREW" not in answer.body


@pytest.mark.parametrize(
    "header", [("x-forwarded-for", "192.0.2.1"), ("authorization", "Bearer other")]
)
def test_nobody_else_reads_them(api: Api, header: tuple[str, str]) -> None:
    assert api.ask("GET", PAGE, headers=dict([header])).problem == (401, "unauthenticated")
