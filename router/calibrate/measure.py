"""Many prompts at once, at most so many open; every result is handed on as it arrives. Must not print."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import httpx

from router.calibrate.ask import Hopeless, ask
from router.calibrate.results import Result, Run
from router.calibrate.target import Target
from router.sandbox.prompts import Prompt

_LOST_IN_A_ROW = 5
"""Prompts without any answer, before the first one that has one, after which the rest is not tried."""


class _Watch:
    """Ends a run that has not brought a single answer."""

    def __init__(self) -> None:
        self._lost = 0
        self._answered = False

    def seen(self, result: Result) -> None:
        """Raises Hopeless."""
        if result.seconds is not None:
            self._answered = True
        self._lost += not self._answered
        if not self._answered and self._lost >= _LOST_IN_A_ROW:
            raise Hopeless(
                f"none of the first {self._lost} prompts was answered; the last one: {result.error}"
            )


async def measure(
    target: Target,
    prompts: Sequence[Prompt],
    run: Run,
    *,
    concurrency: int,
    timeout_s: float | None,
    done: Callable[[Result], None],
) -> list[Result]:
    """Asks every prompt once, with retries; `timeout_s` replaces the endpoint's own limit of one answer.
    Raises Hopeless as soon as going on makes no sense; what came before was handed to `done`."""
    endpoint = target.endpoint
    headers = {} if endpoint.api_key is None else {"authorization": f"Bearer {endpoint.api_key}"}
    timeout = httpx.Timeout(timeout_s or endpoint.total_timeout, connect=endpoint.connect_timeout)
    at_once = min(concurrency, endpoint.max_concurrency)
    waiting, results, watch = iter(prompts), list[Result](), _Watch()

    async def worker(client: httpx.AsyncClient) -> None:
        for prompt in waiting:
            result = await ask(client, target, prompt, run)
            results.append(result)
            done(result)
            watch.seen(result)

    limits = httpx.Limits(max_connections=at_once)
    async with httpx.AsyncClient(
        base_url=f"{endpoint.target}/", headers=headers, timeout=timeout, limits=limits, trust_env=False
    ) as client:
        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(at_once):
                    workers.create_task(worker(client))
        except* Hopeless as group:
            raise _first(group) from None
    return results


def _first(group: BaseExceptionGroup[Hopeless]) -> Hopeless:
    found = group.exceptions[0]
    return found if isinstance(found, Hopeless) else _first(found)
