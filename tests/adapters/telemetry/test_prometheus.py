import math

from prometheus_client.parser import text_string_to_metric_families

from aicontext.adapters.telemetry.prometheus import PrometheusExposition
from aicontext.domain.analytics.measures import Family, Measured, Spread, counter, gauge


def test_what_is_written_reads_back() -> None:
    spread = Spread((0.5, math.inf), (2, 3), 7.5)
    odd = 'quote " back\\slash\nline é'
    kind, page = PrometheusExposition().written(
        [
            counter("optimizations", "Calls.", 3),
            gauge("events_pending", "Waiting.", 0),
            Family("named", "Odd.", Measured.GAUGE, [((odd,), 1.5)], ("name",)),
            Family("time_seconds", "Time.", Measured.HISTOGRAM, [(("a",), spread)], ("route",)),
        ]
    )
    assert kind.startswith("text/plain")
    found = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
    }
    assert found["aicontext_optimizations_total",] == 3
    assert found["aicontext_events_pending",] == 0
    assert found["aicontext_named", ("name", odd)] == 1.5
    bucket = "aicontext_time_seconds_bucket"
    assert found[bucket, ("le", "0.5"), ("route", "a")] == 2
    assert found[bucket, ("le", "+Inf"), ("route", "a")] == 3
    assert found["aicontext_time_seconds_sum", ("route", "a")] == 7.5
    assert found["process_cpu_seconds_total",] > 0
