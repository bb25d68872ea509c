"""No verifier sends anything anywhere, whatever the data class of the request: they are all local."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from router.domain.kinds import VerifierName

ROOT = Path(__file__).parents[2]
REACHING_OUT = {"socket", "ssl", "http", "urllib", "httpx", "aiohttp", "requests", "litellm", "openai"}
PROGRAM = """
import asyncio, sys
reached, ran = [], set()
OUT = ("socket.connect", "socket.getaddrinfo", "socket.sendto")
sys.addaudithook(lambda event, args: event.startswith(OUT) and reached.append((event, str(args[1:]))))
from router.domain.conversation import Conversation, Turn
from router.domain.declared import Declared, Reference, ReferenceKind
from router.domain.policy import Checks
from router.verify.inspection import Checker
from router.verify.subject import subject_of
from router.verify.threads import Threads
from router.verify.walled import Walled

walled = Walled()
checker = Checker(walled.verifiers, Threads())
prompt = "What is 17 * 23?"
text = "Mehr ist hierzu nicht zu sagen.\\n```python\\ndef f(n):\\n    return n + 1\\n```\\n391"
NO_COMMA = (("punctuation:no_comma", {}),)
tests = {"function": "f", "cases": [{"args": [1], "expected": 2}]}

async def run():
    for kind in ReferenceKind:
        other = {ReferenceKind.SQL: "SELECT 1", ReferenceKind.CALLS: '{"name": "f", "arguments": {}}'}
        value = other.get(kind, "391")
        declared = Declared(Reference(kind, (value,), "CREATE TABLE t(a)"), NO_COMMA, tests, "de")
        subject = subject_of({}, Conversation((Turn("user", prompt),)), declared)
        completion = {"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}
        for early in (True, False):
            inspection = checker.inspection(subject, Checks(time_limit=60), early=early)
            found = await inspection.check_rest(completion, inspection.check(completion))
            ran.update(part.verifier for part in found.parts)

asyncio.run(run())
walled.close()
print(reached, *sorted(ran))
"""


def test_no_verifier_opens_a_connection() -> None:
    """Every kind, run on one answer, with Python's own audit of what reaches for the network."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
    )
    alone = sorted(set(VerifierName) - {VerifierName.CONSISTENCY})  # compares samples, checks no answer
    assert done.stdout.split() == ["[]", *alone]


def test_no_verifier_imports_what_could() -> None:
    """Nothing in `router/verify` imports a network library, but the trial that proves the wall has none."""
    for path in (ROOT / "router" / "verify").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            found = {name.split(".")[0] for name in names} & REACHING_OUT
            assert not found, f"{path.relative_to(ROOT)} imports {found}"
