"""One prompt to one endpoint over HTTP, and whether the answer is right.

Not retried: a request that the server refuses as such, which then counts neither as right nor as wrong. Must
not decide what is asked.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Final

import httpx

from router.asking import PAUSE_S, Hopeless, TryFailed, refused, tried
from router.calibrate.results import Result, Run
from router.calibrate.target import Target
from router.dispatch.port import BrokenReply
from router.dispatch.reading import read_completion
from router.dispatch.shape import shape_payload
from router.domain.catalog import Endpoint, Model
from router.domain.usage import Usage
from router.meter.usage import reported_usage
from router.sandbox.checks import Answer, passes
from router.sandbox.prompts import Prompt

_HOPELESS = {
    401: "it does not accept the key",
    404: "it does not know that",
}
_SIMULATED_HEADER: Final = "x-simulated"


@dataclass(frozen=True, slots=True)
class _Offer:
    model: Model
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class _Reply:
    """A whole answer: `seconds` from sending to its last byte. `cut`: its limit ended it before it said
    anything, as happens to a model that thinks first."""

    answer: Answer
    usage: Usage | None
    seconds: float
    simulated: bool
    cut: bool


async def ask(
    client: httpx.AsyncClient, target: Target, prompt: Prompt, run: Run, pause_s: float = PAUSE_S
) -> Result:
    """The result, whatever happens to this prompt alone; `pause_s` before the first retry. Raises
    Hopeless."""
    try:
        reply = await tried(lambda: _once(client, target, prompt), pause_s)
    except TryFailed as failed:
        return _nothing(run, prompt, str(failed))
    return await _checked(reply, prompt, run)


def body_for(target: Target, prompt: Prompt) -> dict[str, Any]:
    """The request as the gateway would send it: the model's serving profile applies, its limits too."""
    payload = {"messages": [*prompt.messages], **prompt.body}
    if target.model is None:
        return {**payload, "model": target.endpoint.upstream_model}
    return shape_payload(payload, _Offer(target.model, target.endpoint), stream=False)[0]


async def _once(client: httpx.AsyncClient, target: Target, prompt: Prompt) -> _Reply:
    started = time.perf_counter()
    try:
        reply = await client.post("chat/completions", json=body_for(target, prompt))
    except httpx.HTTPError as error:
        raise TryFailed(f"{type(error).__name__}: {error}".rstrip(": "), again=True) from error
    seconds = time.perf_counter() - started
    if reply.status_code != 200:
        raise _refused(reply, target)
    try:
        completion, _ = read_completion(reply.content, target.model.profile if target.model else None)
        choice = completion["choices"][0]
        answer = _answer(choice["message"])
    except (BrokenReply, KeyError, TypeError) as error:
        raise TryFailed(f"the reply is no chat completion: {error}", again=True) from error
    simulated = target.endpoint.simulated or reply.headers.get(_SIMULATED_HEADER) == "true"
    cut = choice.get("finish_reason") == "length" and not answer.content and not answer.tool_calls
    return _Reply(
        answer,
        reported_usage(completion.get("usage"), completion.get("service_tier")),
        seconds,
        simulated,
        cut,
    )


def _answer(message: dict[str, Any]) -> Answer:
    calls = message.get("tool_calls") or []
    named = tuple((call["function"]["name"], call["function"]["arguments"]) for call in calls)
    return Answer(message.get("content"), named)


def _refused(reply: httpx.Response, target: Target) -> TryFailed:
    """What to do about a status that is not 200. Raises Hopeless where nothing can be done."""
    failed = refused(reply)
    if reply.status_code in _HOPELESS:
        hint = _HOPELESS[reply.status_code]
        if reply.status_code == 401 and target.endpoint.api_key is None:
            hint = f"no key was sent: {target.key_env or '--key-env'} " + (
                "is not set" if target.key_env else "names the variable that holds one"
            )
        where = f"{target.endpoint.target} as {target.endpoint.upstream_model}"
        raise Hopeless(f"{where} answers {failed}; {hint}")
    return failed


async def _checked(reply: _Reply, prompt: Prompt, run: Run) -> Result:
    right: bool | None = None
    error: str | None = None
    if reply.cut and "max_tokens" in prompt.body:
        # The prompt's own limit, made for models that do not think, tells nothing of what the model can do.
        error = f"its max_tokens of {prompt.body['max_tokens']} left room for thinking only"
    else:
        right = await asyncio.to_thread(passes, prompt, reply.answer)
        error = None if right is not None else "its check cannot be run on this machine"
    usage = reply.usage
    return Result(
        run=run,
        prompt=prompt.id,
        task=prompt.task,
        right=right,
        error=error,
        uncached_input=usage.uncached_input if usage else None,
        cache_read=usage.cache_read if usage else None,
        cache_write=usage.cache_write if usage else None,
        output=usage.output if usage else None,
        seconds=reply.seconds,
        simulated=reply.simulated,
    )


def _nothing(run: Run, prompt: Prompt, error: str) -> Result:
    return Result(run, prompt.id, prompt.task, None, error, None, None, None, None, None, False)
