"""Many prompts at once, at most so many open; every result is handed on as it arrives. Must not print."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import httpx

from router.asking import Watch, for_all
from router.calibrate.ask import ask
from router.calibrate.results import Result, Run
from router.calibrate.target import Target
from router.sandbox.prompts import Prompt


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
    results, watch = list[Result](), Watch()
    limits = httpx.Limits(max_connections=at_once)
    async with httpx.AsyncClient(
        base_url=f"{endpoint.target}/", headers=headers, timeout=timeout, limits=limits, trust_env=False
    ) as client:

        async def work(prompt: Prompt) -> None:
            result = await ask(client, target, prompt, run)
            results.append(result)
            done(result)
            watch.seen(answered=result.seconds is not None, error=result.error)

        await for_all(prompts, at_once, work)
    return results
