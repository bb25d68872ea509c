"""The circuit breaker: opens on failures in a row, probes, closes on success; time is a number here."""

from __future__ import annotations

from router.dispatch.circuit import FIRST_PAUSE, LONGEST_PAUSE, THRESHOLD, Circuit


def fail(circuit: Circuit, times: int, now: float = 0.0) -> None:
    for _ in range(times):
        assert circuit.start(now)
        circuit.failed(now)


def test_it_opens_after_failures_in_a_row_and_not_before() -> None:
    """A success in between starts the count again."""
    circuit = Circuit()
    fail(circuit, THRESHOLD - 1)
    assert circuit.start(0)
    circuit.succeeded()
    fail(circuit, THRESHOLD - 1)
    assert not circuit.is_open(0)
    fail(circuit, 1)
    assert circuit.is_open(0) and not circuit.start(0)


def test_one_probe_passes_after_the_pause_and_its_success_closes() -> None:
    """While the probe is on its way nobody else passes."""
    circuit = Circuit()
    fail(circuit, THRESHOLD)
    assert circuit.start(FIRST_PAUSE)
    assert not circuit.start(FIRST_PAUSE)
    circuit.succeeded()
    assert circuit.start(FIRST_PAUSE) and circuit.start(FIRST_PAUSE)


def test_each_failed_probe_doubles_the_pause_up_to_a_bound() -> None:
    """A dead endpoint is asked ever less often, but at least once a minute."""
    circuit, now = Circuit(), 0.0
    fail(circuit, THRESHOLD)
    pauses = []
    for _ in range(6):
        start = now
        while not circuit.start(now):
            now += 1.0
        pauses.append(now - start)
        circuit.failed(now)
    assert pauses == [5.0, 10.0, 20.0, 40.0, LONGEST_PAUSE, LONGEST_PAUSE]


def test_a_probe_that_ends_without_a_verdict_lets_the_next_one_pass() -> None:
    """A client that hangs up must not leave the circuit half-open for good."""
    circuit = Circuit()
    fail(circuit, THRESHOLD)
    assert circuit.start(FIRST_PAUSE)
    circuit.ended()
    assert circuit.start(FIRST_PAUSE)
