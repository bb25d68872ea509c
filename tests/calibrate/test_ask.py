"""One prompt over a scripted HTTP transport: what is retried, what counts, what ends the run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from router.asking import TRIES, Hopeless
from router.calibrate.ask import ask, body_for
from router.calibrate.prompts import own_suite
from router.calibrate.results import BadResults, Result, Run, read_results
from router.calibrate.run import catalog_of
from router.calibrate.target import Given, Target, of_catalog, of_url
from router.result_lines import append
from router.sandbox.prompts import Prompt
from tests.policy.conftest import Folder

RUN = Run("new", "http://127.0.0.1:1/v1", "s")
CAPITAL = next(prompt for prompt in own_suite().prompts if prompt.id == "everyday-01")


def said(text: str | None, finish: str = "stop", **more: Any) -> httpx.Response:
    """A chat completion."""
    message = {"role": "assistant", "content": text, **more}
    usage = {"prompt_tokens": 9, "completion_tokens": 4}
    return httpx.Response(
        200, json={"choices": [{"message": message, "finish_reason": finish}], "usage": usage}
    )


def refused(status: int, **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"message": "no\nway"}}, headers=headers)


@pytest.fixture
def target(folder: Folder) -> Target:
    """A URL without a key, for a model that no catalog has."""
    return of_url(folder.load(), "new", Given("http://127.0.0.1:1/v1", None, None, None))


async def asked(
    target: Target, replies: Iterable[httpx.Response], prompt: Prompt = CAPITAL
) -> tuple[Result, int]:
    """The result of asking an endpoint that gives these replies in order, and how many it gave."""
    waiting, given = iter(replies), 0

    def handle(_: httpx.Request) -> httpx.Response:
        nonlocal given
        given += 1
        return next(waiting)

    transport = httpx.MockTransport(handle)
    async with httpx.AsyncClient(transport=transport, base_url=f"{target.endpoint.target}/") as client:
        return await ask(client, target, prompt, RUN, pause_s=0.0), given


async def test_an_answer_is_judged_and_its_tokens_kept(target: Target) -> None:
    """Right and wrong, one call each."""
    right, calls = await asked(target, [said("Canberra")])
    assert (right.right, right.error, right.uncached_input, right.output, calls) == (True, None, 9, 4, 1)
    assert right.seconds is not None
    assert (await asked(target, [said("Sydney")]))[0].right is False


@pytest.mark.parametrize("status", [408, 429, 500, 503])
async def test_passing_trouble_is_tried_again(target: Target, status: int) -> None:
    """The answer that comes in the end counts, the failures before it do not."""
    result, calls = await asked(target, [refused(status), said("Canberra")])
    assert (result.right, calls) == (True, 2)


async def test_what_stays_away_is_neither_right_nor_wrong(target: Target) -> None:
    """After the last try: no verdict, and the reason on one line."""
    result, calls = await asked(target, [refused(500)] * 9)
    assert (result.right, result.error, calls) == (None, "HTTP 500: no way", TRIES)
    broken, calls = await asked(target, [httpx.Response(200, text="<html>")] * 9)
    assert (broken.right, calls) == (None, TRIES)
    assert broken.error is not None and "no chat completion" in broken.error


async def test_a_refused_prompt_is_not_asked_again(target: Target) -> None:
    """Too long, a field it does not take, a gateway's policy: the next one may still do."""
    for status in (400, 403, 413, 422):
        result, calls = await asked(target, [refused(status)])
        assert (result.right, result.error, calls) == (None, f"HTTP {status}: no way", 1)


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "no key was sent: --key-env names"), (404, "it does not know that")],
)
async def test_what_fails_for_every_prompt_ends_the_run(target: Target, status: int, words: str) -> None:
    """It says what to look at."""
    with pytest.raises(Hopeless, match=words):
        await asked(target, [refused(status)])


async def test_thinking_is_no_part_of_an_answer(folder: Folder) -> None:
    """A model with a profile is asked with its sampling and judged by what it says in the end."""
    folder.edit("catalog", "forbid_greedy: true", "forbid_greedy: true\n      thinking: {format: tags}")
    thinker = of_catalog(folder.load(), catalog_of(folder.path), "thinker", None)
    body = body_for(thinker, CAPITAL)
    assert (body["model"], body["temperature"], body["top_k"]) == ("stand-in", 0.6, 30)
    assert "metadata" not in body
    result, _ = await asked(thinker, [said("Sydney is the capital? No.</think>\n\nCanberra")])
    assert result.right is True


async def test_a_limit_that_leaves_no_answer_tells_nothing(target: Target) -> None:
    """The prompt's own max_tokens went into thinking; without such a limit, silence is wrong."""
    short = replace(CAPITAL, body={"max_tokens": 24})
    result, _ = await asked(target, [said(None, "length", reasoning="hm")], short)
    assert (result.right, result.error) == (None, "its max_tokens of 24 left room for thinking only")
    assert (await asked(target, [said(None, "length")]))[0].right is False


def test_results_survive_a_torn_line_and_belong_to_one_run(tmp_path: Path) -> None:
    """What was cut short is taken off, so that the next line begins a line."""
    result = Result(RUN, "a", CAPITAL.task, True, None, 1, 0, 0, 2, 0.5, False)
    file = tmp_path / "r.jsonl"
    with file.open("ab") as out:
        append(out, result)
        append(out, replace(result, prompt="b", right=None, error="x", seconds=None))
        out.write(b'{"run": {"mod')
    assert read_results(file, RUN) == [result]
    with file.open("ab") as out:
        append(out, replace(result, prompt="c"))
    assert [found.prompt for found in read_results(file, RUN)] == ["a", "c"]
    with pytest.raises(BadResults, match="this run is of other on"):
        read_results(file, replace(RUN, model="other"))
    assert read_results(tmp_path / "none.jsonl", RUN) == []
