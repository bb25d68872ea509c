"""Is a SQL answer right? It and a reference query run on a small fixture, and their results are compared.

In SQLite's dialect, in memory, reading only, in a process that can be killed. Equal results on one fixture
are evidence, no proof of equal queries: the fixture should tell the likely mistakes apart.
"""

from __future__ import annotations

import re
from pathlib import Path

from router.domain.finding import Finding
from router.domain.kinds import Verdict
from router.verify.killable.pool import Pool

_HANDLER = Path(__file__).with_name("sql_worker.py")
_LONGEST = 20_000
_FENCED = re.compile(r"```(?:sql(?:ite)?)?[ \t]*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_STATEMENT = re.compile(
    r"^[ \t]*((?:SELECT|WITH|VALUES)\b.*?)(?:;|\n\s*\n|\Z)", re.DOTALL | re.IGNORECASE | re.MULTILINE
)
_QUERY = re.compile(r"\s*(?:--[^\n]*\n\s*)*(?:SELECT|WITH|VALUES)\b", re.IGNORECASE)
_LITERALS = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)


class Database:
    """Runs queries of answers on fixtures in `size` processes. Close it when done."""

    def __init__(self, *, size: int = 1, limit_s: float = 1.0, memory_bytes: int = 1 << 28) -> None:
        self._seconds = limit_s
        # Fixture, reference and answer have `limit_s` each; if SQLite does not keep to it, the kill does.
        self._pool = Pool(_HANDLER, size=size, limit_s=4 * limit_s, memory_bytes=memory_bytes)

    def check(self, answer: str, reference: str, fixture: str) -> Finding:
        """Compares what the query in `answer` and `reference` return on `fixture`, a script.

        Order matters only if the reference has an ORDER BY. A query that does not run or writes is `failed`;
        a broken fixture or reference and lack of time are `unverified`. Blocks: call it off the event loop.
        """
        query = find_query(answer)
        if query is None:
            return Finding(Verdict.UNVERIFIED, "no query found")
        if max(map(len, (query, reference))) > _LONGEST:
            return Finding(Verdict.UNVERIFIED, "the query is too long to run")
        reply = self._pool.ask(
            {
                "fixture": fixture,
                "reference": reference,
                "answer": query,
                "ordered": "yes" if is_ordered(reference) else "no",
                "seconds": str(self._seconds),
            }
        )
        if reply.said is None:
            return Finding(Verdict.UNVERIFIED, f"the comparison: {reply.reason}", broken=True)
        if "equal" in reply.said:
            verdict = Verdict.PASSED if reply.said["equal"] else Verdict.FAILED
            return Finding(verdict, str(reply.said["detail"]))
        part, reason = reply.said.get("part", "the check"), str(reply.said.get("reason"))
        own = part == "answer" and not reason.startswith("took longer")
        return Finding(Verdict.FAILED if own else Verdict.UNVERIFIED, f"{part}: {reason}")

    def close(self) -> None:
        """Ends the processes."""
        self._pool.close()


def find_query(answer: str) -> str | None:
    """The query of an answer: its last code block with one, else the first statement that starts a line."""
    text = answer.rpartition("</think>")[2]
    fenced = [block for block in _FENCED.findall(text) if block.strip()]
    if fenced:
        queries = [block for block in fenced if _QUERY.match(block)]
        return str((queries or fenced)[-1]).strip()
    found = _STATEMENT.search(text)
    return found.group(1).strip() if found else None


def is_ordered(query: str) -> bool:
    """Whether the outermost query has an ORDER BY; those in parentheses and in literals do not count."""
    bare = _LITERALS.sub(" x ", query)
    depth, outer = 0, []
    for char in bare:
        depth += (char == "(") - (char == ")")
        outer.append(char if depth == 0 else " ")
    return re.search(r"\border\s+by\b", "".join(outer), re.IGNORECASE) is not None
