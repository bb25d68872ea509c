"""One run of `tiergate learn`: ledger -> candidate abilities -> comparison -> a version, in force or not.

Two passes over the rows of one window: the first fits, the second predicts what was held back. A version's
evidence is that of the first pass alone, so what was measured is what is put in force. Must not print.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from sqlalchemy import Engine

from router.domain.ability import Evidence
from router.learn.bundles import Bundles
from router.learn.held_back import Difference, HeldBack, Predictor, Rates
from router.learn.ledger_acceptance import acceptance
from router.learn.ledger_evidence import Window, checked_outcomes, is_held_back
from router.learn.refit import Gathered, Pair
from router.learn.refit_card import Card, Sample, Used, card_json, card_markdown
from router.learn.versions import Versions
from router.policy.ability.document import LEARNED_FILE, Verdicts, evidence_digest, learned_document
from router.policy.documents import Bundle


@dataclass(frozen=True, slots=True)
class Choices:
    """What the command line chose. `tolerance` is in nats per outcome, `hold_back` a share of requests."""

    window: Window
    half_life_days: float | None
    min_outcomes: int
    min_held_back: int
    hold_back: float
    tolerance: float
    seed: int
    command: str


@dataclass(frozen=True, slots=True)
class Result:
    """`version` is None where there was nothing to write; `no_evidence` counts outcomes by model."""

    version: str | None
    card: Card | None
    replaced: bool
    reason: str
    no_evidence: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Pass:
    """What the first pass saw: times in Unix microseconds."""

    gathered: Gathered
    first_us: int
    last_us: int
    enough: frozenset[str]
    too_few: Mapping[str, int]


def learn(engine: Engine, bundles: Bundles, versions: Versions, choices: Choices) -> Result:
    """Writes a version if any model has enough outcomes, and puts it in force if it may be. Raises
    PolicyRejected, SQLAlchemyError, VersionError, OSError."""
    in_force = bundles.in_force()
    seen = _first_pass(engine, in_force, choices)
    if not seen.enough:
        reason = f"no model has {choices.min_outcomes} checked outcomes: no evidence"
        return Result(None, None, False, reason, seen.too_few)
    fitted = seen.gathered.evidence(seen.enough)
    known = bundles.evidence_in_force()
    evidence = {**known, **fitted}
    verdicts = _verdicts(engine, in_force, choices)
    if evidence == known and verdicts == _verdicts_in_force(in_force):
        return Result(None, None, False, "the evidence is that of what is in force", seen.too_few)
    document = _document(evidence, verdicts, seen, choices)
    candidate = bundles.with_learned(document)
    held = _second_pass(engine, candidate, in_force, seen, choices)
    differences = held.differences(choices.seed) if len(held) else ()
    blocked = bundles.blocked() or ("a version is pinned" if versions.state().pinned else None)
    replaces, reason = _verdict(held, differences, choices, blocked)
    card = Card(
        written=_utc(choices.window.until_us),
        command=choices.command,
        policy_digest=in_force.digest,
        policy_digest_with_it=candidate.digest,
        evidence_digest=evidence_digest(evidence, verdicts),
        in_force_before=versions.in_force(),
        sample=_sample(seen, held, choices),
        min_outcomes=choices.min_outcomes,
        tolerance=choices.tolerance,
        used=_used(seen, fitted, held, candidate),
        no_evidence=seen.too_few,
        figures=held.figures() if len(held) else {},
        differences=differences,
        replaces=replaces,
        reason=reason,
    )
    files = {LEARNED_FILE: document, "card.json": card_json(card), "card.md": card_markdown(card).encode()}
    version = versions.write(files)
    if replaces:
        versions.put_in_force(version, pinned=False)
    return Result(version, card, replaces, reason, seen.too_few)


def _first_pass(engine: Engine, in_force: Bundle, choices: Choices) -> _Pass:
    gathered = Gathered(choices.window.until_us, choices.half_life_days)
    first, last = choices.window.until_us, choices.window.since_us
    for found in checked_outcomes(engine, choices.window):
        if found.model not in in_force.catalog.models or is_held_back(found.request_id, choices.hold_back):
            continue
        gathered.add(found)
        first, last = min(first, found.started_us), max(last, found.started_us)
    counts = {model: gathered.count(model) for model in in_force.catalog.models}
    enough = frozenset(model for model, n in counts.items() if n >= choices.min_outcomes)
    return _Pass(gathered, first, last, enough, {m: n for m, n in counts.items() if m not in enough})


def _second_pass(
    engine: Engine, candidate: Bundle, in_force: Bundle, seen: _Pass, choices: Choices
) -> HeldBack:
    held = HeldBack(candidate.catalog, in_force.catalog, Rates.of(seen.gathered.by_pair))
    for found in checked_outcomes(engine, choices.window):
        if found.model in seen.enough and is_held_back(found.request_id, choices.hold_back):
            held.add(found)
    return held


def _verdict(
    held: HeldBack, differences: tuple[Difference, ...], choices: Choices, blocked: str | None
) -> tuple[bool, str]:
    """Whether the candidate may replace what is in force, and why."""
    if len(held) < choices.min_held_back:
        return False, f"only {len(held)} held-back outcomes of the {choices.min_held_back} needed to judge"
    found = next(d for d in differences if d.other is Predictor.IN_FORCE)
    figures = (
        f"log loss better by {found.mean:+.4f} [{found.low:+.4f}, {found.high:+.4f}] nats, n {found.n:,}"
    )
    if found.low < -choices.tolerance:
        return False, f"may be worse than what is in force: {figures}; {-choices.tolerance:g} is tolerated"
    if blocked is not None:
        return False, f"{blocked}; at least as good as what is in force: {figures}"
    return True, f"at least as good as what was in force: {figures}; {-choices.tolerance:g} is tolerated"


def _verdicts(engine: Engine, in_force: Bundle, choices: Choices) -> Verdicts:
    """Acceptance of the catalog's models: the window's counts, and what is in force where it has none.
    Counted on all requests, held-back ones included: nothing is fitted on it or predicted from it."""
    found = acceptance(engine, choices.window)
    listed = {key: one for key, one in found.items() if key[0] in in_force.catalog.models}
    return {**_verdicts_in_force(in_force), **listed}


def _verdicts_in_force(in_force: Bundle) -> Verdicts:
    models = in_force.catalog.models.values()
    return {(model.name, *key): one for model in models for key, one in model.acceptance.items()}


def _document(evidence: Mapping[Pair, Evidence], verdicts: Verdicts, seen: _Pass, choices: Choices) -> bytes:
    source = f"ledger outcomes of requests from {_utc(seen.first_us)} to {_utc(seen.last_us)}"
    content = learned_document(evidence, _utc(choices.window.until_us), source, "tiergate learn", verdicts)
    return orjson.dumps(content, option=orjson.OPT_INDENT_2)


def _sample(seen: _Pass, held: HeldBack, choices: Choices) -> Sample:
    return Sample(
        first=_utc(seen.first_us),
        last=_utc(seen.last_us),
        fitted_on=sum(seen.gathered.count(model) for model in seen.enough),
        held_back=len(held),
        hold_back_share=choices.hold_back,
        half_life_days=choices.half_life_days,
        simulated=choices.window.simulated,
    )


def _used(
    seen: _Pass, fitted: Mapping[Pair, Evidence], held: HeldBack, candidate: Bundle
) -> tuple[Used, ...]:
    rows = []
    for (model, task), evidence in sorted(fitted.items()):
        part = seen.gathered.by_pair[model, task]
        ability = candidate.catalog.models[model].abilities.of(task)
        counted = (part.right, part.n, held.by_pair.get((model, task), 0), evidence.right, evidence.n)
        rows.append(Used(model, task, *counted, ability.value, ability.low, ability.high))
    return tuple(rows)


def _utc(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
