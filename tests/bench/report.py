"""Samples to tables: the same rows for the terminal (rich) and for RESULTS.md. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.bench.rounds import CONCURRENCIES, STREAMS, Sample, Samples
from tests.bench.systems import Running

DASH = "-"


@dataclass(frozen=True, slots=True)
class Table:
    """A title, column heads, rows of text; the first `text_columns` are left-aligned, the others right."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    text_columns: int = 1


@dataclass(frozen=True, slots=True)
class DecideFigures:
    """classify + decide alone, microseconds; `chained`: under rules that check before the reply."""

    p50_us: float
    p99_us: float
    chained: "DecideFigures | None" = None


def tables(samples: Samples, systems: Sequence[Running], decide: DecideFigures | None) -> list[Table]:
    return [
        _targets(samples, decide),
        _throughput(samples, systems),
        _latency(samples, systems),
        _streaming(samples, systems),
    ]


def _per_second(sample: Sample) -> float:
    return sample.result.per_second


def _p50(sample: Sample) -> float:
    return sample.result.p50_us


def _p99(sample: Sample) -> float:
    return sample.result.p99_us


def _throughput(samples: Samples, systems: Sequence[Running]) -> Table:
    columns = ["system"]
    for concurrency in CONCURRENCIES:
        columns += [f"req/s at {concurrency}", "lowest-highest"]
    columns.append("CPU us/request at 64")
    rows = []
    for running in systems:
        name, row = running.plan.name, [running.plan.title]
        for concurrency in CONCURRENCIES:
            row.append(_whole(samples.median(name, concurrency, _per_second)))
            spread = samples.spread(name, concurrency, _per_second)
            row.append(DASH if spread is None else f"{spread[0]:,.0f}-{spread[1]:,.0f}")
        cpu = samples.median(name, 64, lambda sample: sample.cpu_us)
        rows.append([*row, DASH if name == "direct" else _whole(cpu)])
    return Table("Requests per second (median of rounds)", columns, rows)


def _latency(samples: Samples, systems: Sequence[Running]) -> Table:
    columns = [
        "at",
        "system, ms",
        "p50",
        "p99",
        "added p50",
        "added p99",
        "p99 of the rounds, lowest-highest",
    ]
    rows = []
    for concurrency in CONCURRENCIES:
        for running in systems:
            name, row = running.plan.name, [str(concurrency), running.plan.title]
            row += [_ms(samples.median(name, concurrency, pick)) for pick in (_p50, _p99)]
            row += [_ms(_added(samples, name, concurrency, pick)) for pick in (_p50, _p99)]
            spread = samples.spread(name, concurrency, _p99)
            rows.append([*row, DASH if spread is None else f"{_ms(spread[0])}-{_ms(spread[1])}"])
    return Table("Latency, and latency added over the direct way", columns, rows, text_columns=2)


def _added(samples: Samples, name: str, load: int | str, pick: Callable[[Sample], float]) -> float | None:
    return None if name == "direct" else samples.added(name, load, pick)


def _streaming(samples: Samples, systems: Sequence[Running]) -> Table:
    picks: list[Callable[[Sample], float]] = [
        lambda sample: sample.result.ttft_p50_us,
        lambda sample: sample.result.ttft_p99_us,
        lambda sample: sample.result.chunk_p50_us,
        lambda sample: sample.result.chunk_p99_us,
    ]
    columns = ["system, ms", "first token p50", "p99", "chunk delay p50", "p99"]
    columns += ["added to first token p50", "added to chunk p50", "streams/s"]
    rows = []
    for running in systems:
        name = running.plan.name
        row = [running.plan.title, *(_ms(samples.median(name, "stream", pick)) for pick in picks)]
        row += [_ms(_added(samples, name, "stream", picks[number])) for number in (0, 2)]
        rows.append([*row, _whole(samples.median(name, "stream", _per_second))])
    title = (
        f"Streaming: {STREAMS} streams at once, 50 chunks 10 ms apart (at most {STREAMS / 0.5:.0f} streams/s)"
    )
    return Table(title, columns, rows)


def _targets(samples: Samples, decide: DecideFigures | None) -> Table:
    def ratio(peer: str, wanted: float) -> list[str]:
        label = f"Tiergate / {peer}, requests/s, best load of each"
        mine, theirs = _best(samples, "tiergate"), _best(samples, peer)
        found = mine / theirs if mine and theirs else None
        return [label, f">= {wanted:g}", DASH if found is None else f"{found:.2f}", _verdict(found, wanted)]

    added = samples.added("tiergate", 1, _p99)
    decided = None if decide is None else decide.p50_us
    rows = [
        ratio("litellm", 40),
        ratio("portkey", 4),
        ratio("pass-through", 0.5),
        ["added p99 at concurrency 1, ms", "< 1.5", _ms(added), _below(added, 1500)],
        ["classify + decide p50, us", "< 200", _whole(decided), _below(decided, 200)],
    ]
    return Table("Targets", ["figure", "target", "measured", "reached"], rows)


def _best(samples: Samples, system: str) -> float | None:
    found = [samples.median(system, concurrency, _per_second) for concurrency in CONCURRENCIES]
    return max((one for one in found if one is not None), default=None)


def _verdict(found: float | None, wanted: float) -> str:
    return "not measured" if found is None else ("yes" if found >= wanted else "NO")


def _below(found: float | None, limit: float) -> str:
    return "not measured" if found is None else ("yes" if found < limit else "NO")


def _whole(value: float | None) -> str:
    return DASH if value is None or value != value else f"{value:,.0f}"


def _ms(value_us: float | None) -> str:
    """Milliseconds of microseconds, three significant digits or so."""
    if value_us is None or value_us != value_us:
        return DASH
    value = value_us / 1e3
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def markdown(table: Table) -> str:
    texts = table.text_columns
    rule = ["---"] * texts + ["---:"] * (len(table.columns) - texts)
    lines = [f"| {' | '.join(row)} |" for row in (table.columns, rule, *table.rows)]
    return "\n".join(lines)
