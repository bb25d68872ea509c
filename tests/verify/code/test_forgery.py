"""Wrong code does not talk its way to `passed`, whichever way the tests are run."""

from __future__ import annotations

import subprocess
import sys

import pytest

from router.domain.finding import Finding
from router.domain.kinds import Verdict
from router.verify.code import (
    Assertions,
    Calls,
    Case,
    CodeTests,
    Example,
    Examples,
    ProgramCase,
    Programs,
    check_code,
    find_isolation,
)
from tests.verify.code.walls import QUICK, Wall

# What is right: f(x) == 7 * x * x + 3. The numbers are unlikely to be hit by chance.
TESTS: dict[str, CodeTests] = {
    "calls": Calls((Case("f", (2,), 31), Case("f", (11,), 850))),
    "asserts": Assertions(("assert f(2) == 31", "assert f(11) == 850")),
    "judged": Assertions(
        ("assert abs(f(2) - 31) < 0.5", "assert all(f(x) == 7 * x * x + 3 for x in (11, 12))")
    ),
    "judged by is": Assertions(("x = f(2)\nassert x in (31, 31.0) and not x != 31",)),
    "judged by a difference": Assertions(("assert float(f(2) - 31) == 0.0\nassert (f(11) - 850) == 0",)),
    "judged by an error": Assertions(
        ("try:\n    f(None)\n    assert 0\nexcept TypeError:\n    pass", "assert f(2) == 31 or 0")
    ),
    "program": Programs((ProgramCase("2\n", "31\n"), ProgramCase("11\n", "850\n"))),
    "doctest": Examples((Example("f(2)\n", "31\n"), Example("f(11)\n", "850\n"))),
}
RIGHT = "def f(x):\n    return 7 * x * x + 3\nif __name__ == '__main__':\n    print(f(int(input())))\n"

FORGERIES = {
    "leaves with success": "import sys\nsys.exit(0)",
    "leaves at once": "import os\nos._exit(0)",
    "leaves from the call": "import os\ndef f(x):\n    os._exit(0)",
    "raises SystemExit": "def f(x):\n    raise SystemExit(0)",
    "says that it passed": """
print("passed")
print("all tests passed")
print('{"value": 31}')
print('{"passed": true}')
def f(x):
    print("ok")
""",
    "is equal to everything": """
class Always:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    def __sub__(self, other): return self
    def __rsub__(self, other): return self
    def __abs__(self): return self
    def __hash__(self): return 31
    def __bool__(self): return True
def f(x):
    return Always()
""",
    "differs by nothing from everything": """
class Nothing:
    def __sub__(self, other): return 0
    __rsub__ = __floordiv__ = __mod__ = __sub__
    def __abs__(self): return 0
    def __float__(self): return 0.0
    def __round__(self, digits=0): return 31
def f(x):
    return Nothing()
""",
    "leaves while errors are ignored": "import os\ndef f(x):\n    if x != 2: os._exit(0)\n    return 1",
    "a number that is equal to everything": """
class Always(int):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __sub__(self, other): return Always(0)
    __hash__ = int.__hash__
def f(x):
    return Always(5)
""",
    "a text that looks like a number": """
class Text(str):
    def __repr__(self): return "31"
    def __eq__(self, other): return True
    __hash__ = str.__hash__
def f(x):
    return Text("no")
""",
    "other builtins": """
import builtins
builtins.abs = lambda x: 0
builtins.all = lambda x: True
builtins.any = lambda x: True
builtins.len = lambda x: 31
builtins.isinstance = lambda *a: True
builtins.AssertionError = type("Quiet", (Exception,), {})
def f(x):
    return 1
""",
    "names of the tests": """
def abs(x): return 0
def all(x): return True
def sum(x): return 31
math = pytest = None
def f(x):
    return 1
""",
    "writes on every descriptor": """
import os
for descriptor in range(3, 64):
    for line in (b'{"loaded": true}\\n', b'{"value": true}\\n', b'{"ready": true}\\n', b'{"value": null}\\n',
                 b'{"assertions": 2, "calls": 2}\\n', b'{"output": "31", "ended": {"code": {"code": 0}}}\\n'):
        try:
            os.write(descriptor, line)
        except OSError:
            pass
def f(x):
    return 1
""",
    "closes every descriptor": "import os\nos.closerange(0, 64)\ndef f(x):\n    return 1",
    "looks for the tests in memory": """
import gc, re, sys
def words():
    for thing in gc.get_objects():
        if isinstance(thing, dict):
            yield from (v for v in list(thing.values()) if isinstance(v, (str, bytes)))
        elif isinstance(thing, (list, tuple)):
            yield from (v for v in thing if isinstance(v, (str, bytes)))
def f(x):
    for word in list(words()):
        text = word if isinstance(word, str) else word.decode("latin-1")
        if "f(11)" in text and "def words" not in text and "850" in text:
            return {2: 31, 11: 850, 12: 1011}[x]
    return 1
""",
    "looks for the tests in the process's memory": """
import ctypes, sys
def f(x):
    for line in open("/proc/self/maps"):
        low, high = (int(part, 16) for part in line.split()[0].split("-"))
        if "rw" in line and b"== 850" in ctypes.string_at(low, high - low):
            return {2: 31, 11: 850}[x]
    return 1
""",
    "climbs the frames": """
import sys
def f(x):
    frame = sys._getframe()
    while frame:
        for name, value in list(frame.f_locals.items()) + list(frame.f_globals.items()):
            expected = getattr(value, "expected", None)
            if expected is not None:
                return expected
        for space in (frame.f_locals, frame.f_globals):
            for name in ("tests", "secret", "expected", "wanted", "cases"):
                if name in space:
                    space[name] = []
        frame = frame.f_back
    return 1
""",
    "replaces the harness": """
import sys
for name, module in list(sys.modules.items()):
    if "jail" in name:
        for attribute in ("encode", "attempt", "said"):
            if hasattr(module, attribute):
                setattr(module, attribute, lambda *a: True)
        if hasattr(module, "write_line"):
            import os
            module.write_line = lambda channel, value: os.write(channel, b'{"value": true}\\n' * 5)
def f(x):
    return 1
""",
    "answers in the harness's place": """
import os
os.write(3, b'{"loaded": true}\\n{"value": 3}\\n{"value": 3}\\n{"value": 3}\\n{}\\n{"text": ""}\\n[]\\n')
os._exit(0)
""",
    "answers all numbers at once": """
import os
os.write(3, b'{"loaded": true}\\n')
for number in range(1000):
    print(number)
    os.write(3, b'{"value": %d}\\n' % number)
os._exit(0)
""",
    "ends the tests with their own exception": "def f(x):\n    raise StopIteration",
    "raises what the tests may expect": "def f(x):\n    raise AssertionError",
    "traces the caller": """
import sys, threading
def trace(frame, event, arg):
    frame.f_trace_lines = False
    return trace
sys.settrace(trace)
def f(x):
    caller = sys._getframe(1)
    caller.f_locals.update(value=31, x=31)
    return 1
""",
    "answers later": """
import atexit, threading
@atexit.register
def _(): print(31)
threading.Thread(target=lambda: print(31)).start()
def f(x):
    return 1
""",
    "colliding and endless values": """
def f(x):
    a = []
    a.append(a)
    return a
""",
}
EACH = pytest.mark.parametrize("source", FORGERIES.values(), ids=FORGERIES)


@pytest.mark.parametrize("tests", TESTS.values(), ids=TESTS)
def test_right_code_passes(wall: Wall, tests: CodeTests) -> None:
    """So what the forgeries below do not get is there to be had."""
    finding = wall.check(f"```python\n{RIGHT}```", tests)
    assert finding.verdict is Verdict.PASSED, finding


@EACH
def test_a_forgery_does_not_pass_any_wall(wall: Wall, source: str) -> None:
    """Nothing that code says of itself counts; only its values do."""
    refused(wall.check(f"```python\n{source}\n```", TESTS["calls"]))


@EACH
@pytest.mark.parametrize("tests", TESTS.values(), ids=TESTS)
def test_a_forgery_does_not_pass_any_kind_of_tests(source: str, tests: CodeTests) -> None:
    """Neither values compared outside nor assertions run by a judge can be talked over."""
    if find_isolation() is None:
        pytest.skip("no isolation on this machine")
    refused(check_code(f"```python\n{source}\n```", tests, QUICK))


def refused(finding: Finding) -> None:
    assert finding.verdict in (Verdict.FAILED, Verdict.UNVERIFIED), finding


@pytest.mark.parametrize("name", ["leaves with success", "leaves at once", "is equal to everything"])
def test_a_naive_harness_is_fooled(name: str) -> None:
    """Code and assertions in one process, judged by its exit code: so the test above can fail."""
    program = f"{FORGERIES[name]}\nassert f(2) == 31\nassert f(11) == 850\n"
    done = subprocess.run([sys.executable, "-I", "-c", program], check=False, capture_output=True)
    assert done.returncode == 0
