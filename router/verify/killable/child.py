"""The child process: limits itself, loads one handler by path, answers one JSON object a line.

Run as `python -I -B child.py HANDLER MEMORY_BYTES`, without the parent's environment. It is expected to
hang, to run out of memory and to be killed, so it holds nothing between two questions.
"""

from __future__ import annotations

import json
import os
import resource
import runpy
import sys

_RECURSION = 2_000


def limit(memory_bytes: int) -> None:
    """Bounds what this process may take for the rest of its life: memory, files, open descriptors, cores."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    sys.setrecursionlimit(_RECURSION)


def allow_cpu(seconds: int) -> None:
    """Lets the kernel end this process when one answer has run `seconds`: a parent that died kills nobody."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, hard))


def main(handler: str, memory_bytes: int) -> None:
    """Answers until its input ends. What libraries print goes nowhere: the output is the protocol's alone."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    answer = runpy.run_path(handler)["answer"]
    limit(memory_bytes)
    out.write(b"ready\n")
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        allow_cpu(asked.pop("cpu_s"))
        try:
            reply = answer(asked)
        except MemoryError:
            raise  # Nothing can be trusted after it: the process ends and another takes its place.
        except Exception as error:  # noqa: BLE001 - whatever a library raises on strange text is one answer
            reply = {"reason": f"the library failed: {type(error).__name__}"}
        out.write(json.dumps(reply).encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
