"""Profiles as JSON and back: what the cache of a day keeps beside its arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

from router.domain.caller import Caller
from router.domain.facts import Facts, Pin, Previous
from router.domain.kinds import Capability, DataClass, Task, Tier, VerifierName
from router.domain.load import Load
from router.lifecycle.replay.collect import Seen, blank
from router.lifecycle.replay.columns import EPOCH, NO_READING, Profile


def to_json(profile: Profile) -> dict[str, Any]:
    """Plain data for orjson."""
    f = profile.facts
    return {
        "caller": [f.caller.key_id, f.caller.organisation, f.caller.team, f.caller.project],
        "tiers": sorted(f.caller.allowed_tiers),
        "models": sorted(f.caller.allowed_models),
        "pin": [f.pin.kind, f.pin.tier, f.pin.model],
        "workload": f.workload,
        "task": f.task,
        "data_class": f.data_class,
        "language": f.language,
        "capabilities": sorted(f.capabilities),
        "min_tier": f.min_tier,
        "quality": f.quality,
        "greedy": f.greedy,
        "tags": dict(f.tags),
        "failed": f.classifier_failed,
        "read": f.reading is not None,
        "previous": None if f.previous is None else [f.previous.model, f.previous.endpoint],
        "tool_loop": f.tool_loop,
        "conversation": f.conversation is not None,
        "unhealthy": sorted(profile.unhealthy),
        "asked": profile.asked_class,
        "seen": profile.seen_class,
        "stream": profile.stream,
        "checks": None if profile.checks is None else sorted(profile.checks),
        "unaffordable": sorted(profile.unaffordable),
        "loads": [[name, astuple(load)] for name, load in profile.loads],
    }


def from_json(said: Mapping[str, Any]) -> Profile:
    """The profile. Raises KeyError, ValueError or TypeError for anything else."""
    kind, tier, model = said["pin"]
    key, organisation, team, project = said["caller"]
    tiers = frozenset(map(Tier, said["tiers"]))
    checks, previous = said["checks"], said["previous"]
    facts = Facts(
        caller=Caller(key, organisation, team, project, tiers, frozenset(said["models"])),
        pin=Pin(kind, _tier(tier), model),
        workload=said["workload"],
        task=None if said["task"] is None else Task(said["task"]),
        difficulty=None,
        confidence=None,
        data_class=DataClass(said["data_class"]),
        language=said["language"],
        capabilities=frozenset(map(Capability, said["capabilities"])),
        input_tokens=0,
        max_output_tokens=None,
        min_tier=_tier(said["min_tier"]),
        quality=said["quality"],
        greedy=said["greedy"],
        now=EPOCH,
        tags=said["tags"],
        classifier_failed=said["failed"],
        reading=NO_READING if said["read"] else None,
        previous=None if previous is None else Previous(previous[0], previous[1], 0.0, 0),
        tool_loop=said["tool_loop"],
        conversation=0 if said["conversation"] else None,
    )
    seen = Seen(
        facts,
        frozenset(said["unhealthy"]),
        _data_class(said["asked"]),
        _data_class(said["seen"]),
        said["stream"],
        None if checks is None else frozenset(map(VerifierName, checks)),
        frozenset(said["unaffordable"]),
        tuple((name, Load(*load)) for name, load in said["loads"]),
    )
    return blank(seen)


def _tier(name: str | None) -> Tier | None:
    return None if name is None else Tier(name)


def _data_class(name: str | None) -> DataClass | None:
    return None if name is None else DataClass(name)
