"""The demo's sender: reads whole and streamed replies, asks again where that helps, checks answers."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import httpx
import pytest

from router.sandbox.prompts import Prompt, load_prompts
from router.sandbox.testing import RunningSandbox, running_sandbox
from router.sandbox.traffic import Sent, ask, send_all
from tests.sandbox.conftest import MakeHttp

EASY = ("arithmetic-01", "arithmetic-02", "tool-03", "tool-05", "extract-02", "turns-02")
TOKENS = {"support": "a", "engineering": "b", "finance": "c"}


def prompts(model: str, *ids: str, **changes: Any) -> list[Prompt]:
    """Those prompts, sent to a sandbox's model in place of a gateway's `auto`."""
    return [replace(p, model=model, **changes) for p in load_prompts() if p.id in ids]


async def send(client: httpx.AsyncClient, chosen: list[Prompt]) -> dict[str, Sent]:
    seen: list[str] = []
    sent = await send_all(client, chosen, TOKENS, 3, lambda result: seen.append(result.prompt.id))
    assert sorted(seen) == sorted(p.id for p in chosen)
    return {result.prompt.id: result for result in sent}


@pytest.fixture
async def sandbox(stack: AsyncExitStack) -> RunningSandbox:
    return await stack.enter_async_context(running_sandbox("frontier"))


@pytest.mark.parametrize("stream", [False, True])
async def test_answers_are_read_and_checked(sandbox: RunningSandbox, http: MakeHttp, stream: bool) -> None:
    """Text, JSON and parallel tool calls are read alike from whole and streamed replies, and checked."""
    sent = await send(http(sandbox), prompts(sandbox.model, *EASY, stream=stream))
    assert all(result.as_expected and len(result.tries) == 1 for result in sent.values())
    assert sent["arithmetic-01"].passed is True
    assert [name for name, _ in (sent["tool-03"].last.answer or _none()).tool_calls] == ["get_weather"] * 2
    assert sum(result.passed is True for result in sent.values()) >= 5


async def test_each_team_sends_with_its_own_token(sandbox: RunningSandbox, http: MakeHttp) -> None:
    """The bearer token of a request is that of the prompt's team."""
    await send(http(sandbox), prompts(sandbox.model, "arithmetic-01", "everyday-01", "tool-05"))
    given = {s.json["metadata"]["prompt_id"]: s.headers["authorization"] for s in sandbox.record.requests}
    assert given == {"arithmetic-01": "Bearer b", "everyday-01": "Bearer a", "tool-05": "Bearer b"}


@pytest.mark.parametrize(
    ("fault", "stream"), [("503", False), ("drop", False), ("reset:3", True), ("429", True)]
)
async def test_what_may_be_repeated_is(
    sandbox: RunningSandbox, http: MakeHttp, fault: str, stream: bool
) -> None:
    """After a retryable status or a broken connection the prompt is sent again, and both tries are kept."""
    client = http(sandbox)
    await client.post("/sandbox/faults", json={"fault": fault})
    sent = await send(client, prompts(sandbox.model, "arithmetic-01", stream=stream))
    tries = sent["arithmetic-01"].tries
    assert [t.answer is not None for t in tries] == [False, True]
    assert tries[0].error


async def test_it_gives_up_after_three_tries(sandbox: RunningSandbox, http: MakeHttp) -> None:
    """Three failures in a row leave the prompt unanswered and unchecked."""
    client = http(sandbox)
    await client.post("/sandbox/faults", json={"fault": "500", "times": 9})
    result = (await send(client, prompts(sandbox.model, "arithmetic-01")))["arithmetic-01"]
    assert len(result.tries) == 3
    assert not result.as_expected and result.passed is None


async def test_a_refusal_is_not_repeated(sandbox: RunningSandbox, http: MakeHttp) -> None:
    """An error that asking again cannot cure is final, and is no success unless the prompt expects a 403."""
    wrong = await ask(http(sandbox), prompts("no-such-model", "arithmetic-01")[0], "t")
    assert (wrong.status, wrong.may_retry) == (404, False)
    expected = prompts("no-such-model", "arithmetic-01", expect="refusal")[0]
    assert not Sent(expected, (wrong,), None).as_expected
    assert Sent(expected, (replace(wrong, status=403),), None).as_expected


def _none() -> Any:
    raise AssertionError("no answer")
