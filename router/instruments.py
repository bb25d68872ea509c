"""Counters and histograms cheap enough for every request, in prometheus_client's own exposition.

A prometheus_client child costs a lock and a function call per update, ten of them 13 us a request. These
are plain dictionaries, written and read on the event loop only, turned into metric families on a scrape.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

Labels = tuple[str, ...]


class Tally(Collector):
    """A counter. `name` without the `_total` that its samples get. Without labels it is there from the start,
    at 0: Prometheus sees no increase in a series that begins at 1."""

    def __init__(
        self, name: str, documentation: str, labels: Sequence[str], registry: CollectorRegistry
    ) -> None:
        self.label_names = tuple(labels)
        self._name = name
        self._documentation = documentation
        self._values: dict[Labels, float] = {} if labels else {(): 0}
        registry.register(self)

    def add(self, labels: Labels, amount: float = 1) -> None:
        """Adds to the series of `labels`, given in the order of `label_names`."""
        self._values[labels] = self._values.get(labels, 0) + amount

    def describe(self) -> Iterator[Metric]:
        """The family without samples."""
        yield self._family()

    def collect(self) -> Iterator[Metric]:
        """The family with a sample per series."""
        family = self._family()
        for labels, value in self._values.items():
            family.add_metric(labels, value)
        yield family

    def _family(self) -> CounterMetricFamily:
        return CounterMetricFamily(self._name, self._documentation, labels=self.label_names)


class Durations(Collector):
    """A histogram of seconds with the upper `bounds` of its buckets."""

    def __init__(
        self,
        name: str,
        documentation: str,
        labels: Sequence[str],
        bounds: Sequence[float],
        registry: CollectorRegistry,
    ) -> None:
        self.label_names = tuple(labels)
        self._name = name
        self._documentation = documentation
        self._bounds = tuple(bounds)
        self._series: dict[Labels, tuple[list[int], list[float]]] = {}
        registry.register(self)

    def observe(self, labels: Labels, seconds: float) -> None:
        """Counts one duration in the series of `labels`."""
        series = self._series.get(labels)
        if series is None:
            series = self._series[labels] = ([0] * (len(self._bounds) + 1), [0.0])
        counts, total = series
        counts[bisect_left(self._bounds, seconds)] += 1
        total[0] += seconds

    def describe(self) -> Iterator[Metric]:
        """The family without samples."""
        yield self._family()

    def collect(self) -> Iterator[Metric]:
        """The family with cumulative buckets per series."""
        family = self._family()
        names = [*map(floatToGoString, self._bounds), "+Inf"]
        for labels, (counts, total) in self._series.items():
            running, buckets = 0, []
            for name, count in zip(names, counts, strict=True):
                running += count
                buckets.append((name, float(running)))
            family.add_metric(labels, buckets, total[0])
        yield family

    def _family(self) -> HistogramMetricFamily:
        return HistogramMetricFamily(self._name, self._documentation, labels=self.label_names)
