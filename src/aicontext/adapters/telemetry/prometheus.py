"""Numbers as Prometheus fetches them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from aicontext.domain.analytics.measures import Family, Measured, Spread

_PREFIX = "aicontext_"


class PrometheusExposition:
    """With the process's own CPU time, memory and open files, where the system tells them."""

    def written(self, families: Iterable[Family]) -> tuple[str, bytes]:
        registry = CollectorRegistry()
        registry.register(_Given(families))
        ProcessCollector(registry=registry)
        return CONTENT_TYPE_LATEST, generate_latest(registry)


class _Given(Collector):
    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        for family in self._families:
            yield _metric(family)

    def describe(self) -> Iterator[Metric]:
        """Nothing: what there is is only known when it is collected."""
        return iter(())


def _metric(family: Family) -> Metric:
    name, labels = _PREFIX + family.name, family.labels
    if family.kind is Measured.HISTOGRAM:
        spreads = HistogramMetricFamily(name, family.help, labels=labels)
        for values, found in family.samples:
            assert isinstance(found, Spread)
            ends = ("+Inf" if math.isinf(bound) else f"{bound:g}" for bound in found.bounds)
            spreads.add_metric(values, list(zip(ends, found.counts, strict=True)), found.total)
        return spreads
    kind = CounterMetricFamily if family.kind is Measured.COUNTER else GaugeMetricFamily
    numbers = kind(name, family.help, labels=labels)
    for values, found in family.samples:
        assert not isinstance(found, Spread)
        numbers.add_metric(values, found)
    return numbers
