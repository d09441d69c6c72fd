"""Traces, metrics and logs by the OpenTelemetry protocol, OTLP over HTTP.

Names are those of the semantic conventions of generative AI as of OpenTelemetry 1.44.0, where they
are still in development; what they have no name for is called `aicontext.*`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from aicontext.adapters.telemetry.logs import told
from aicontext.domain.analytics.measures import Answered, Family, Measured, Spread
from aicontext.domain.events import UsageEvent

SCHEMA = "https://opentelemetry.io/schemas/1.44.0"
_SCOPE = "aicontext"
_PARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_TRACE = re.compile(r"(?!0{32})[0-9a-f]{32}")
_PROVIDERS = {
    "chatgpt": "openai",
    "code-assist": "gcp.gemini",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "moonshot": "moonshot_ai",
    "xai": "x_ai",
}
"""What the conventions call upstreams; others go by their own name."""

_INTERVAL = 15_000
"""Milliseconds between two reports of metrics."""

_PATIENCE = 2.0
"""Seconds that a collector may take."""

_NS = 1_000_000_000


class OtlpSending:
    """endpoint: the collector's base address. headers: sent with every request, such as its key."""

    def __init__(self, endpoint: str, headers: Mapping[str, str], version: str) -> None:
        where: dict[str, Any] = {"headers": dict(headers), "timeout": _PATIENCE}
        base = endpoint.rstrip("/")
        resource = Resource({"service.name": "aicontext", "service.version": version}, SCHEMA)
        self._ids = _Ids()
        self._traces = TracerProvider(resource=resource, id_generator=self._ids)
        self._traces.add_span_processor(
            BatchSpanProcessor(OTLPSpanExporter(f"{base}/v1/traces", **where))
        )
        self._tracer = self._traces.get_tracer(_SCOPE, version, schema_url=SCHEMA)
        exporter = OTLPMetricExporter(f"{base}/v1/metrics", **where)
        reader = PeriodicExportingMetricReader(exporter, export_interval_millis=_INTERVAL)
        self._metrics = MeterProvider([reader], resource=resource)
        self._meter = self._metrics.get_meter(_SCOPE, version, SCHEMA)
        self._duration = self._meter.create_histogram("gen_ai.client.operation.duration", "s")
        self._usage = self._meter.create_histogram("gen_ai.client.token.usage", "{token}")
        self._served = self._meter.create_histogram("http.server.request.duration", "s")
        self._logs = LoggerProvider(resource)
        self._logs.add_log_record_processor(
            BatchLogRecordProcessor(OTLPLogExporter(f"{base}/v1/logs", **where))
        )
        self._handler = _Handler(self._logs)

    @property
    def logs(self) -> logging.Handler:
        return self._handler

    def ended(self, event: UsageEvent, parent: str) -> str:
        provider = _PROVIDERS.get(event.upstream, event.upstream)
        common: dict[str, Any] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": provider,
        }
        failed = {"error.type": str(event.status or "none")} if _failed(event) else {}
        start = int(event.at * _NS)
        self._ids.trace = int(event.id, 16)
        span = self._tracer.start_span(
            f"chat {event.model}".rstrip(),
            context=_context(parent),
            kind=SpanKind.CLIENT,
            attributes=common | failed | _attributes(event),
            start_time=start,
        )
        if failed:
            span.set_status(StatusCode.ERROR)
        span.end(start + int(event.total_ms / 1000 * _NS))
        self._duration.record(event.total_ms / 1000, common | failed)
        if event.billed is not None:
            for kind, tokens in (
                ("input", event.billed.all_input),
                ("output", event.billed.output),
            ):
                self._usage.record(tokens, common | {"gen_ai.token.type": kind})
        return f"{span.get_span_context().trace_id:032x}"

    def answered(self, answer: Answered) -> None:
        common: dict[str, Any] = {
            "http.request.method": answer.method,
            "http.response.status_code": answer.status,
        } | ({"http.route": answer.route} if answer.route else {})
        start = int(answer.at * _NS)
        self._ids.trace = int(answer.id, 16) if _TRACE.fullmatch(answer.id) else 0
        span = self._tracer.start_span(
            answer.name if answer.route else answer.method,
            context=_context(answer.parent),
            kind=SpanKind.SERVER,
            attributes=common | {"aicontext.request.id": answer.id},
            start_time=start,
        )
        if answer.status >= 500:
            span.set_status(StatusCode.ERROR)
        span.end(start + int(answer.seconds * _NS))
        self._served.record(answer.seconds, common)

    def observe(self, numbers: Callable[[], Iterable[Family]]) -> None:
        for family in numbers():
            name = f"aicontext.{family.name}"
            if family.kind is Measured.COUNTER:
                self._meter.create_observable_counter(name, [_reading(numbers, family.name)])
            elif family.kind is Measured.GAUGE:
                self._meter.create_observable_gauge(name, [_reading(numbers, family.name)])

    def close(self) -> None:
        self._traces.shutdown()
        self._metrics.shutdown(_PATIENCE * 1000)
        self._logs.shutdown()


def _reading(
    numbers: Callable[[], Iterable[Family]], name: str
) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def read(options: CallbackOptions) -> Iterable[Observation]:
        return [
            Observation(value, dict(zip(family.labels, values, strict=True)))
            for family in numbers()
            if family.name == name
            for values, value in family.samples
            if not isinstance(value, Spread)
        ]

    return read


class _Ids(RandomIdGenerator):
    """A trace that nobody began goes by the id of its call, where that can be one's."""

    trace = 0

    def generate_trace_id(self) -> int:
        return self.trace or super().generate_trace_id()


class _Handler(logging.Handler):
    def __init__(self, provider: LoggerProvider) -> None:
        super().__init__()
        self._provider = provider

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("opentelemetry"):
            return  # What is said of sending is not sent.
        found = told(record)
        attributes = {
            **{name: value for name, value in found.items() if isinstance(value, str)},
            **found.get("data", {}),
        }
        for name in ("at", "level", "message"):
            attributes.pop(name, None)
        self._provider.get_logger(_SCOPE).emit(
            timestamp=int(record.created * _NS),
            severity_text=found["level"],
            severity_number=_SEVERITIES.get(record.levelno, SeverityNumber.INFO),
            body=found["message"],
            attributes=attributes,
            context=_of_trace(found.get("trace", "")),
        )


_SEVERITIES = {
    logging.DEBUG: SeverityNumber.DEBUG,
    logging.WARNING: SeverityNumber.WARN,
    logging.ERROR: SeverityNumber.ERROR,
    logging.CRITICAL: SeverityNumber.FATAL,
}


def _attributes(event: UsageEvent) -> dict[str, Any]:
    found: dict[str, Any] = {
        "gen_ai.request.model": event.model,
        "http.response.status_code": event.status,
        "aicontext.event.id": event.id,
        "aicontext.outcome": event.outcome.value,
        "aicontext.tokens.direct": event.direct_tokens,
        "aicontext.tokens.sent": event.sent_tokens,
        "aicontext.added_ms": event.added_ms,
    }
    if (billed := event.billed) is not None:
        found |= {
            "gen_ai.usage.input_tokens": billed.all_input,
            "gen_ai.usage.output_tokens": billed.output,
            "gen_ai.usage.cache_read.input_tokens": billed.cache_read,
            "gen_ai.usage.cache_creation.input_tokens": billed.cache_write + billed.cache_write_1h,
        }
    return found


def _failed(event: UsageEvent) -> bool:
    return not 100 <= event.status < 400


def _of_trace(trace: str) -> Any:
    """Of what belongs to a trace, though to no span of it."""
    if not _TRACE.fullmatch(trace):
        return None
    return set_span_in_context(NonRecordingSpan(SpanContext(int(trace, 16), 0, is_remote=False)))


def _context(parent: str) -> Any:
    """The caller's span; None where it told of none."""
    if (match := _PARENT.fullmatch(parent)) is None or match[0].startswith("ff"):
        return None
    trace, span, flags = (int(part, 16) for part in match.groups())
    context = SpanContext(trace, span, is_remote=True, trace_flags=TraceFlags(flags))
    return set_span_in_context(NonRecordingSpan(context)) if context.is_valid else None
