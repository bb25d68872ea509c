"""The child process that compares formulas; the only importer of math-verify (extra `verify`).

Run by path, without this package and without the parent's environment: it needs neither. It is expected to
hang, to run out of memory and to be killed, so it holds nothing and knows nothing but the pair it was given.
One JSON object a line in, `{"reference", "answer", "cpu_s"}`; one a line out, `{"equal"}` or `{"reason"}`.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
from typing import Any

from math_verify import LatexExtractionConfig, parse, verify

_RECURSION = 2_000


def limit(memory_bytes: int) -> None:
    """Bounds what this process may take for the rest of its life: memory, files, open descriptors, cores."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    sys.setrecursionlimit(_RECURSION)


def allow_cpu(seconds: int) -> None:
    """Lets the kernel end this process when one comparison has run `seconds`: a parent that died kills nobody."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, hard))


def compare(reference: str, answer: str) -> dict[str, Any]:
    """Equal, unequal, or the reason why neither can be said."""
    gold, got = _parsed(reference), _parsed(answer)
    if gold is None:
        return {"reason": "the reference is no formula the library can read"}
    if got is None:
        return {"reason": "the answer is no formula the library can read"}
    # No limits by signals: they fail outside a main thread, and the parent's kill is the limit that holds.
    equal = verify(
        gold, got, timeout_seconds=None, strict=True, allow_set_relation_comp=True, raise_on_error=True
    )
    return {"equal": bool(equal)}


def _parsed(text: str) -> Any:
    """The library's object for a whole formula; None when it could only keep the text."""
    found = parse(f"${text}$", [LatexExtractionConfig()], parsing_timeout=None)  # type: ignore[arg-type]
    return next((one for one in found if not isinstance(one, str)), None)


def main() -> None:
    """Answers until its input ends. Library chatter goes nowhere: the output is the protocol's alone."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    logging.disable(logging.CRITICAL)
    compare(r"\frac{1}{2}", r"\sqrt{2}")
    limit(int(sys.argv[1]))
    out.write(b'{"ready": true}\n')
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        allow_cpu(asked["cpu_s"])
        try:
            reply = compare(asked["reference"], asked["answer"])
        except MemoryError:
            raise  # Nothing can be trusted after it: the process ends and another takes its place.
        except Exception as error:  # noqa: BLE001 - whatever a library raises on strange text is one answer
            reply = {"reason": f"the library failed: {type(error).__name__}"}
        out.write(json.dumps(reply).encode() + b"\n")


if __name__ == "__main__":
    main()
