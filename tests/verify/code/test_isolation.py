"""Without isolation nothing runs; with it, whatever happens to a sandbox hurts nobody."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from router.domain.kinds import Verdict
from router.verify.code import Assertions, Calls, Case, Limits, check, check_code, find_isolation, isolation
from router.verify.code.isolation import Isolation, Launch, Probed, describe_isolation, why_not
from tests.verify.children import children
from tests.verify.code.walls import Wall

SQUARE = "def f(x):\n    return x * x"
TESTS = Assertions(("assert f(2) == 4",))


class Faulty:
    """An isolation whose process does not do what it should."""

    name = "faulty"

    def __init__(self, program: str) -> None:
        self._program = program

    def launch(self, limits: Limits) -> Launch:
        return Launch((sys.executable, "-I", "-S", "-c", self._program), {}, {})


class Missing:
    """An isolation that is not there."""

    name = "missing"

    def launch(self, limits: Limits) -> Launch:
        raise OSError("no such thing here")


class Open:
    """No isolation at all: an interpreter that runs what it gets."""

    name = "open"
    program = """
import json, sys
sys.stdin.readline()
print('{"ready": true}', flush=True)
job = json.loads(sys.stdin.readline())
space = {}
exec(job["source"], space)
found = space["held"](job["steps"][0]["args"][0])
report = '{"loaded": true}\\n' + json.dumps({"value": ["l", found]})
print(json.dumps({"report": report, "ended": {"code": {"code": 0}}}), flush=True)
"""

    def launch(self, limits: Limits) -> Launch:
        return Faulty(self.program).launch(limits)


def test_something_isolates_on_this_machine_or_says_why_not() -> None:
    """Each kind is in use, available, or has a reason."""
    described = dict(describe_isolation())
    assert list(described) == ["bubblewrap", "namespaces", "landlock"]
    assert all(described.values())
    assert ("in use" in described.values()) is (find_isolation() is not None)


def test_whoever_may_make_namespaces_has_isolation() -> None:
    """So the tests of this folder are not all skipped where they can be run."""
    capabilities = re.search(r"^CapEff:\s*(\w+)", Path("/proc/self/status").read_text(), re.M)
    assert capabilities is not None
    if not int(capabilities[1], 16) >> 21 & 1:
        pytest.skip("no CAP_SYS_ADMIN")
    assert find_isolation() is not None, describe_isolation()


def test_a_kind_that_does_not_hold_is_not_taken() -> None:
    """Trying it out finds that it reads files, opens sockets and makes processes."""
    reason = why_not(Open())
    assert reason is not None
    assert all(words in reason for words in ("read a file", "opened a socket", "made a process"))


def test_without_isolation_nothing_is_run_and_nothing_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verdict is unverified, with the reason."""
    probed = (Probed("missing", "no such thing here", None),)
    monkeypatch.setattr(isolation, "probe", lambda: probed)
    marker = tmp_path / "marker"
    reply = f"{SQUARE}\nopen({str(marker)!r}, 'w').close()"
    finding = check_code(reply, TESTS)
    assert finding.verdict is Verdict.UNVERIFIED
    assert "no isolation" in finding.evidence and "no such thing here" in finding.evidence
    assert not marker.exists()


@pytest.mark.parametrize(
    "program",
    [
        "",
        "raise SystemExit(3)",
        "import time; time.sleep(60)",
        "print('no json', flush=True); input()",
        "print('[1]', flush=True); input()",
        "print('[' * 100000, flush=True); input()",
        "print('{}', flush=True); input()",
        'print(\'{"refused": "by the kernel"}\', flush=True)',
        "print('{\"ready\": true}', flush=True)",
        "print('{\"ready\": true}', flush=True); input(); input(); print('5', flush=True)",
        "import sys\nwhile True: sys.stdout.write('x' * 65536)",
        "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)",
        "import os; os.close(0); os.close(1); import time; time.sleep(60)",
    ],
)
def test_a_faulty_sandbox_is_unverified(program: str) -> None:
    """One that hangs, crashes, lies or floods: no exception, nothing left, in bounded time."""
    finding = check_code(SQUARE, TESTS, Limits(total_s=1.0), Faulty(program))
    assert finding.verdict is Verdict.UNVERIFIED and finding.evidence, finding


def test_an_isolation_that_cannot_start_is_unverified() -> None:
    """Also one that was asked for by name."""
    finding = check_code(SQUARE, TESTS, isolation=Missing())
    assert (finding.verdict, finding.evidence) == (
        Verdict.UNVERIFIED,
        "not run to its end: missing: no such thing here",
    )


@pytest.fixture
def best() -> Isolation:
    found = find_isolation()
    if found is None:
        pytest.skip("no isolation on this machine")
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_sandbox_that_is_killed_or_stopped_hurts_nobody(best: Isolation, number: int) -> None:
    """From outside, in the middle of a check: unverified, and nothing is left."""
    before = children()
    findings = []
    slow = "import time\ndef f(x):\n    time.sleep(3)\n    return 4"
    limits = Limits(total_s=2.0)
    thread = threading.Thread(target=lambda: findings.append(check_code(slow, TESTS, limits, best)))
    thread.start()
    while not (new := children() - before):
        time.sleep(0.01)
    time.sleep(0.3)
    for pid in new:
        os.kill(pid, number)
    thread.join(20)
    assert findings[0].verdict in (Verdict.UNVERIFIED, Verdict.FAILED), findings


def test_checks_at_once_are_bounded(best: Isolation, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that finds no place in time is unverified."""
    monkeypatch.setattr(check, "_slots", threading.BoundedSemaphore(1))
    findings = []
    slow = "import time\ndef f(x):\n    time.sleep(1)\n    return 4"
    thread = threading.Thread(target=lambda: findings.append(check_code(slow, TESTS, isolation=best)))
    thread.start()
    time.sleep(0.2)
    second = check_code(SQUARE, TESTS, Limits(wait_s=0.05), best)
    thread.join()
    assert second.verdict is Verdict.UNVERIFIED and "too many" in second.evidence
    assert findings[0].verdict is Verdict.PASSED


def test_many_checks_at_once_do_not_mix(best: Isolation) -> None:
    """Each gets its own answer."""
    findings = {}

    def one(n: int) -> None:
        tests = Calls((Case("f", (n,), n * n if n % 2 else -1),))
        findings[n] = check_code(SQUARE, tests, Limits(wait_s=60.0), best).verdict

    threads = [threading.Thread(target=one, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((findings[n] is Verdict.PASSED) is bool(n % 2) for n in range(16)), findings


def test_a_case_that_has_no_plain_form_is_not_run(best: Isolation) -> None:
    """It cannot be sent, so nothing can be said."""
    finding = check_code(SQUARE, Calls((Case("f", (object(),), 1),)), isolation=best)
    assert finding.verdict is Verdict.UNVERIFIED and "object" in finding.evidence


def test_scratch_can_be_used(wall: Wall) -> None:
    """Files are for the code to write and read, where there is a scratch folder."""
    code = """
import os, tempfile
def f(x):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "a"), "w") as file:
            file.write("hello")
        with open(os.path.join(folder, "a")) as file:
            return file.read()
"""
    finding = wall.check(code, Calls((Case("f", (1,), "hello"),)))
    assert finding.verdict is (Verdict.FAILED if wall.isolation.name == "landlock" else Verdict.PASSED), (
        finding
    )
