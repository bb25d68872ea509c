"""The folder changes under a running gateway: good changes swap in whole, bad ones change nothing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from router.policy.documents import Bundle
from router.policy.folder import FolderFiles, SourceFile
from router.policy.problems import PolicyRejected, Problem
from router.policy.reload import PolicySource


class Seen:
    """What the callbacks were told, and an event for every call."""

    def __init__(self) -> None:
        self.loaded: list[Bundle] = []
        self.rejected: list[tuple[Problem, ...]] = []
        self.changed = asyncio.Event()

    def on_loaded(self, bundle: Bundle, _: Sequence[SourceFile]) -> None:
        self.loaded.append(bundle)
        self.changed.set()

    def on_rejected(self, problems: tuple[Problem, ...]) -> None:
        self.rejected.append(problems)
        self.changed.set()


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def source(folder, seen: Seen, clock: Clock) -> PolicySource:
    return PolicySource(
        FolderFiles(folder.path), folder.env, clock, on_loaded=seen.on_loaded, on_rejected=seen.on_rejected
    )


async def _settle(source: PolicySource) -> None:
    """Two polls: the first sees a change, the second sees that it is finished."""
    await source.poll()
    await source.poll()


async def test_a_good_change_is_swapped_in(folder, source: PolicySource, seen: Seen) -> None:
    """The new bundle replaces the old one as a whole; who holds the old one keeps it unchanged."""
    old = source.current
    folder.edit("prices", "version: v7", "version: v8")
    await _settle(source)
    assert source.current.prices.version == "v8"
    assert old.prices.version == "v7"
    assert seen.loaded == [old, source.current]
    assert (source.error, seen.rejected) == ((), [])


async def test_nothing_is_loaded_while_nothing_changes(folder, source: PolicySource, seen: Seen) -> None:
    """Polling, touching a file and rewriting it alike keep the very same bundle."""
    bundle = source.current
    await _settle(source)
    (folder.path / "policy.yaml").touch()
    text = (folder.path / "prices.yaml").read_text("utf-8")
    (folder.path / "prices.yaml").write_text(text, "utf-8")
    await _settle(source)
    assert source.current is bundle
    assert len(seen.loaded) == 1


async def test_a_bad_change_keeps_the_last_good_and_says_so_once(
    folder, source: PolicySource, seen: Seen, caplog: pytest.LogCaptureFixture
) -> None:
    """Error, log and callback name the problem; a repeated look at the same mistake adds nothing."""
    bundle = source.current
    folder.edit("policy", "tiers:", "tirs:")
    with caplog.at_level(logging.ERROR):
        for _ in range(5):
            await source.poll()
    assert source.current is bundle
    assert any("unknown key 'tirs'" in problem.message for problem in source.error)
    assert seen.rejected == [source.error]
    (record,) = caplog.records
    assert f"policy change refused, {bundle.digest} stays in force" in record.getMessage()
    assert "policy.yaml:11: unknown key 'tirs'" in record.getMessage()


async def test_another_mistake_is_another_report_and_repair_clears_both(
    folder, source: PolicySource, seen: Seen
) -> None:
    """Each bad content is reported once; going back to the content in force ends the error too."""
    digest = source.current.digest
    folder.edit("policy", "tiers:", "tirs:")
    await _settle(source)
    folder.edit("policy", "tirs:", "teirs:")
    await _settle(source)
    assert len(seen.rejected) == 2
    folder.edit("policy", "teirs:", "tiers:")
    await _settle(source)
    assert source.error == ()
    assert source.current.digest == digest
    assert len(seen.loaded) == 2


async def test_a_file_saved_in_two_steps_does_not_flap(folder, source: PolicySource, seen: Seen) -> None:
    """A half-written file seen by one poll is neither reported nor loaded; the finished one is."""
    path = folder.path / "policy.yaml"
    text = path.read_text("utf-8").replace("quality_target: 0.7", "quality_target: 0.8")
    path.write_text(text[: len(text) // 2], "utf-8")
    await source.poll()
    path.write_text(text, "utf-8")
    await _settle(source)
    assert seen.rejected == []
    assert source.current.policy.rules[-1].quality_target == 0.8


async def test_a_half_written_file_that_rests_is_reported_then_recovers(
    folder, source: PolicySource, seen: Seen
) -> None:
    """A slow save is refused while it is broken, and loads without help once it is whole."""
    path = folder.path / "policy.yaml"
    text = path.read_text("utf-8").replace("quality_target: 0.7", "quality_target: 0.8")
    path.write_text(text[:200], "utf-8")
    await _settle(source)
    assert len(seen.rejected) == 1
    path.write_text(text, "utf-8")
    await _settle(source)
    assert source.error == ()
    assert source.current.policy.rules[-1].quality_target == 0.8


async def test_a_folder_that_goes_away_and_comes_back(folder, source: PolicySource, seen: Seen) -> None:
    """While the folder is away the last good bundle serves; its return is noticed."""
    bundle = source.current
    away = folder.path.rename(folder.path.with_name("away"))
    for _ in range(3):
        await source.poll()
    assert source.current is bundle
    assert [problem.message for problem in source.error] == ["cannot be read: No such file or directory"]
    assert len(seen.rejected) == 1
    away.rename(folder.path)
    await _settle(source)
    assert source.error == ()


async def test_a_refused_change_is_tried_again_as_time_goes_on(
    folder, source: PolicySource, clock: Clock
) -> None:
    """A price of tomorrow refuses the change today and admits it tomorrow, without another edit."""
    folder.edit("prices", "valid_from: 2025-01-01\n", "valid_from: 2026-01-16\n")
    await _settle(source)
    assert any("has no price in force" in problem.message for problem in source.error)
    clock.now += timedelta(days=1)
    await source.poll()
    assert source.error == ()


async def test_watch_polls_by_itself_until_cancelled(folder, source: PolicySource, seen: Seen) -> None:
    """The background task finds a change and ends when it is told to."""
    seen.changed.clear()
    task = asyncio.create_task(source.watch(0.001))
    folder.edit("prices", "version: v7", "version: v8")
    await asyncio.wait_for(seen.changed.wait(), 10)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
    assert source.current.prices.version == "v8"


async def test_readers_never_see_a_mixture(folder, source: PolicySource) -> None:
    """Whatever moment a request reads, prices and policy of its bundle belong to one save."""
    stop = asyncio.Event()
    mixed: list[tuple[str, float | None]] = []

    async def read() -> None:
        while not stop.is_set():
            bundle = source.current
            pair = (bundle.prices.version, bundle.policy.rules[-1].quality_target)
            if pair not in {("v7", 0.7), ("v8", 0.8)}:
                mixed.append(pair)
            await asyncio.sleep(0)

    reader = asyncio.create_task(read())
    for old, new in (("7", "8"), ("8", "7")) * 5:
        folder.edit("prices", f"version: v{old}", f"version: v{new}")
        folder.edit("policy", f"quality_target: 0.{old}", f"quality_target: 0.{new}")
        await _settle(source)
    stop.set()
    await reader
    assert mixed == []


def test_a_bad_folder_is_no_start(folder, seen: Seen, clock: Clock) -> None:
    """Without a last good version the problems go to whoever starts the gateway."""
    folder.edit("policy", "tiers:", "tirs:")
    with pytest.raises(PolicyRejected, match="unknown key 'tirs'"):
        PolicySource(
            FolderFiles(folder.path), {}, clock, on_loaded=seen.on_loaded, on_rejected=seen.on_rejected
        )
    assert (seen.loaded, seen.rejected) == ([], [])
