"""What a collector gets, from one that the test runs."""

import gzip
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from servers.local_http import Handler, listening

from aicontext.adapters.telemetry.otlp import SCHEMA, OtlpSending
from aicontext.domain.analytics.measures import Answered, Family, Measured, counter, gauge
from aicontext.domain.events import UsageEvent
from aicontext.domain.requests import Caller, Outcome
from aicontext.domain.usage import Billed
from aicontext.kit.ids import time_ordered

KINDS = {
    "/v1/traces": ExportTraceServiceRequest,
    "/v1/metrics": ExportMetricsServiceRequest,
    "/v1/logs": ExportLogsServiceRequest,
}


@dataclass
class Collector:
    url: str
    got: list[tuple[str, Any]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)

    def spans(self) -> list[Any]:
        return [
            span
            for path, one in self.got
            if path == "/v1/traces"
            for resource in one.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def metrics(self) -> dict[str, Any]:
        return {
            metric.name: metric
            for path, one in self.got
            if path == "/v1/metrics"
            for resource in one.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def logs(self) -> list[Any]:
        return [
            record
            for path, one in self.got
            if path == "/v1/logs"
            for resource in one.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
        ]


@pytest.fixture
def collector() -> Iterator[Collector]:
    class Collecting(Handler):
        def do_POST(self) -> None:
            body = self.body()
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            found.got.append((self.path, KINDS[self.path].FromString(body)))
            found.headers.append(self.headers.get("x-key", ""))
            self.answer(200)

    with listening(Collecting) as server:
        found = Collector(f"http://127.0.0.1:{server.server_port}")
        yield found
    server.server_close()


def event(**given: Any) -> UsageEvent:
    values: dict[str, Any] = {
        "status": 200,
        "outcome": Outcome.OPTIMIZED,
        "billed": Billed(input=100, cache_read=50, cache_write=30, output=7),
        "direct_tokens": 900,
        "sent_tokens": 180,
        "total_ms": 1500.0,
    }
    return UsageEvent(
        id=time_ordered(1.8e9),
        at=1.8e9,
        caller=Caller("claude-code", "my-session", "my-project"),
        protocol="anthropic-messages",
        upstream="gemini",
        model="gemini-2.5-pro",
        **(values | given),
    )


def plain(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}


def test_a_call_is_a_span_by_the_conventions(collector: Collector) -> None:
    sending = OtlpSending(collector.url, {"x-key": "secret"}, "1.2.3")
    alone, known, broken = event(), event(), event(status=529, billed=None)
    parent = f"00-{'a' * 32}-{'b' * 16}-01"
    assert sending.ended(alone, "") == alone.id
    assert sending.ended(known, parent) == "a" * 32
    assert sending.ended(broken, "00-nonsense") == broken.id
    sending.close()
    first, second, third = collector.spans()
    assert (first.trace_id.hex(), first.parent_span_id) == (alone.id, b"")
    assert (second.trace_id.hex(), second.parent_span_id.hex()) == ("a" * 32, "b" * 16)
    assert (first.name, first.start_time_unix_nano) == (
        "chat gemini-2.5-pro",
        1_800_000_000 * 10**9,
    )
    assert first.end_time_unix_nano - first.start_time_unix_nano == 1_500_000_000
    found = plain(first.attributes)
    assert found["gen_ai.operation.name"] == "chat"
    assert found["gen_ai.provider.name"] == "gcp.gemini"
    assert found["gen_ai.request.model"] == "gemini-2.5-pro"
    assert found["gen_ai.usage.input_tokens"] == 180
    assert found["gen_ai.usage.output_tokens"] == 7
    assert found["gen_ai.usage.cache_read.input_tokens"] == 50
    assert found["gen_ai.usage.cache_creation.input_tokens"] == 30
    assert found["aicontext.event.id"] == alone.id
    assert plain(third.attributes)["error.type"] == "529"
    assert third.status.code == 2
    resource = collector.got[0][1].resource_spans[0]
    assert plain(resource.resource.attributes)["service.name"] == "aicontext"
    assert resource.schema_url == SCHEMA
    assert set(collector.headers) == {"secret"}


def test_an_answer_is_a_span_of_a_server(collector: Collector) -> None:
    sending = OtlpSending(collector.url, {}, "1.2.3")
    base = {"service": "api", "method": "GET", "at": 1.8e9, "seconds": 0.25}
    own = "c" * 32
    sending.answered(Answered(id=own, route="/teams/{team}", status=200, **base))
    parent = f"00-{'a' * 32}-{'b' * 16}-01"
    sending.answered(Answered(id="callers-own", route="", status=503, parent=parent, **base))
    sending.close()
    first, second = collector.spans()
    assert (first.name, first.kind, first.trace_id.hex()) == ("GET /teams/{team}", 2, own)
    found = plain(first.attributes)
    assert (found["http.route"], found["http.response.status_code"]) == ("/teams/{team}", 200)
    assert (second.name, second.trace_id.hex(), second.status.code) == ("GET", "a" * 32, 2)
    assert plain(second.attributes)["aicontext.request.id"] == "callers-own"
    (duration, _) = collector.metrics()["http.server.request.duration"].histogram.data_points
    assert (duration.count, duration.sum) == (1, 0.25)


def test_numbers_are_reported(collector: Collector) -> None:
    sending = OtlpSending(collector.url, {}, "1.2.3")
    breakers = Family("breaker_open", "", Measured.GAUGE, [(("openai",), 1.0)], ("upstream",))
    sending.observe(lambda: [counter("optimizations", "", 5.0), gauge("held", "", 2.0), breakers])
    sending.ended(event(), "")
    sending.close()
    found = collector.metrics()
    assert found["aicontext.optimizations"].sum.data_points[0].as_double == 5
    assert found["aicontext.optimizations"].sum.is_monotonic
    (breaker,) = found["aicontext.breaker_open"].gauge.data_points
    assert (plain(breaker.attributes), breaker.as_double) == ({"upstream": "openai"}, 1.0)
    (duration,) = found["gen_ai.client.operation.duration"].histogram.data_points
    assert (duration.count, duration.sum) == (1, 1.5)
    tokens = {
        plain(one.attributes)["gen_ai.token.type"]: one.sum
        for one in found["gen_ai.client.token.usage"].histogram.data_points
    }
    assert tokens == {"input": 180, "output": 7}


def test_log_records_are_sent_without_what_others_quote(collector: Collector) -> None:
    sending = OtlpSending(collector.url, {}, "1.2.3")
    for name, message, args in (
        ("aicontext.wiring", "It is %s.", ("so",)),
        ("aiohttp.server", "Bad header %r", ("sk-secret",)),
        ("opentelemetry.sdk", "Sending failed", ()),
    ):
        sending.logs.emit(logging.LogRecord(name, logging.WARNING, "", 1, message, args, None))
    sending.close()
    found = collector.logs()
    assert [one.body.string_value for one in found] == ["It is so.", "Bad header %r"]
    assert found[0].severity_text == "warning"
    assert found[0].trace_id == b""


@pytest.mark.parametrize("parent", ["", f"00-{'a1' * 16}-{'b2' * 8}-01"])
def test_a_log_record_of_a_call_belongs_to_its_trace(collector: Collector, parent: str) -> None:
    sending = OtlpSending(collector.url, {}, "1.2.3")
    record = logging.LogRecord("aicontext.calls", logging.INFO, "", 1, "A call ended.", (), None)
    record.trace = sending.ended(event(), parent)
    sending.logs.emit(record)
    sending.close()
    (span,), (log,) = collector.spans(), collector.logs()
    assert log.trace_id == span.trace_id
    assert len(log.trace_id) == 16


def test_nothing_that_a_user_sent_goes_out(collector: Collector) -> None:
    sending = OtlpSending(collector.url, {}, "1.2.3")
    sending.ended(event(why="my words"), "")
    sending.close()
    said = "".join(str(one) for _, one in collector.got)
    for told in ("my-session", "my-project", "my words"):
        assert told not in said


def test_a_collector_that_is_not_there_stops_nobody() -> None:
    sending = OtlpSending("http://127.0.0.1:1", {}, "1.2.3")
    for _ in range(50):
        assert sending.ended(event(), "")
    sending.close()
