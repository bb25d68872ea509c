"""A gateway's writing side as a process of its own, for tests to kill: `python -m tests.record.writer`.

flood ROOT SEGMENT_BYTES    opens and settles without end; says `O <id> <n>` and `S <id>` for each
                            call that returned. Every third request has two attempts.
limited ROOT                a disk that takes nothing more (RLIMIT_FSIZE), then takes again
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path

from router.record.journal import Journal, JournalError
from tests.record import rows


def main() -> None:
    command, root, *rest = sys.argv[1:]
    if command == "flood":
        flood(Path(root), int(rest[0]))
    else:
        limited(Path(root))


def say(text: str) -> None:
    os.write(1, text.encode() + b"\n")


def flood(root: Path, segment_bytes: int) -> None:
    journal = Journal(root, fsync="interval", segment_bytes=segment_bytes, count_failure=lambda: None)
    say(f"J {journal.path.name}")
    flying: list[str] = []
    count = 0
    while True:
        count += 1
        request_id = rows.new_id()
        attempts = 2 if count % 3 == 0 else 1
        for n in range(1, attempts + 1):
            journal.open(rows.opened(request_id, n))
            say(f"O {request_id} {n}")
        flying.append(request_id if attempts == 1 else f"{request_id} 2")
        if len(flying) > 8:
            settled, *more = flying.pop(0).split()
            total = 2 if more else 1
            journal.settle(
                rows.request(settled, total),
                [rows.attempt(settled, n) for n in range(1, total + 1)],
            )
            say(f"S {settled}")


def limited(root: Path) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    failures: list[int] = []
    journal = Journal(root, fsync="never", segment_bytes=1_000_000, count_failure=lambda: failures.append(1))
    before, refused, after = rows.new_id(), rows.new_id(), rows.new_id()
    journal.open(rows.opened(before))
    journal.open(rows.opened(refused))
    size = sum(path.stat().st_size for path in journal.path.glob("*.jsonl"))
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, hard))
    say(f"settle {journal.settle(rows.request(refused), [rows.attempt(refused)])}")
    try:
        journal.open(rows.opened(after))
        say("open True")
    except JournalError:
        say("open False")
    say(f"pending {journal.pending} failures {len(failures)}")
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    journal.open(rows.opened(after))
    say(f"pending {journal.pending} ids {before} {refused} {after}")
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
