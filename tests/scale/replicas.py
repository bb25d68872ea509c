"""Several gateways on one ledger, each with a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.contract.gateway import Gateway


@contextmanager
def started(
    count: int, folder: Path, policy: Path, *, seconds: float = 60, **settings: str
) -> Iterator[list[Gateway]]:
    """Started together, each within `seconds`; `settings` as `Gateway` takes them."""
    with ExitStack() as stack:
        gateways = []
        for n in range(count):
            (folder / f"pod-{n}").mkdir()
            gateway = Gateway(folder / f"pod-{n}", policy, **settings)
            stack.callback(gateway.close)
            gateways.append(gateway)
        with ThreadPoolExecutor() as threads:
            list(threads.map(lambda one: one.start(seconds), gateways))
        yield gateways
