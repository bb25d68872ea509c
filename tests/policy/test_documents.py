"""A folder becomes a Bundle, or is refused with every problem at its line."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from router.domain.catalog import Thinking
from router.domain.kinds import DataClass, OnError, Task, Tier, VerifierName, VerifyMode
from router.domain.match import within
from router.domain.policy import Checks, Span, TimeWindow
from router.policy.documents import load_documents
from router.policy.problems import PolicyRejected


def test_a_sound_folder_compiles(folder) -> None:
    """Models, endpoints, prices, rules, limits and baseline arrive in the domain as written."""
    bundle = folder.load()
    assert bundle.notes == ()
    assert list(bundle.catalog.models) == ["big", "thinker"]
    thinker = bundle.catalog.models["thinker"]
    assert (thinker.tier, round(thinker.ability_for(Task.MATH).value, 9), thinker.output_for(Task.CODE)) == (
        Tier.REASONING,
        0.8,
        1000,
    )
    assert thinker.profile is not None
    assert dict(thinker.profile.sampling_defaults) == {"temperature": 0.6, "top_k": 30}
    (endpoint,) = thinker.endpoints
    assert (endpoint.id, endpoint.upstream_model, endpoint.simulated) == ("gpu-simulated", "stand-in", True)
    (big,) = bundle.catalog.models["big"].endpoints
    assert (big.api_key, big.upstream_model) == ("secret-key", "big")
    policy = bundle.policy
    assert [(rule.name, rule.line) for rule in policy.rules] == [("math", 9), ("default", 12)]
    assert policy.rules[0].match.difficulty == Span(0.5, None)
    assert policy.residency == {DataClass.RESTRICTED: frozenset({"on-premises"})}
    assert policy.default_data_class is DataClass.INTERNAL
    assert policy.baseline.declared == "2025-10-01"


VERIFY = "{mode: before_reply, share: 0.2, verifiers: [code, signs], time_limit: 3, on_error: deny}"


@pytest.mark.parametrize(
    ("written", "mode", "checks"),
    [
        ("none", VerifyMode.NONE, Checks()),
        ("after_reply", VerifyMode.AFTER_REPLY, Checks()),
        ("{mode: after_reply}", VerifyMode.AFTER_REPLY, Checks()),
        (
            VERIFY,
            VerifyMode.BEFORE_REPLY,
            Checks(0.2, frozenset({VerifierName.CODE, VerifierName.SIGNS}), 3.0, OnError.DENY),
        ),
    ],
)
def test_verify_is_a_word_or_a_mapping(folder, written: str, mode: VerifyMode, checks: Checks) -> None:
    """Both say the same; what the mapping leaves out has its default."""
    folder.edit("policy", "objective: cheapest", f"objective: cheapest\n      verify: {written}")
    rule = folder.load().policy.rules[1]
    assert (rule.verify, rule.checks) == (mode, checks)
    assert folder.load().policy.rules[0].verify is VerifyMode.NONE


def test_prices_are_exact_whatever_the_spelling(folder, now) -> None:
    """Numbers and quoted texts give the same whole pico-dollars; a zone is turned to UTC."""
    folder.edit("prices", "input: 0.4", "input: 0.100001")
    prices = folder.load().prices
    price = prices.find("big", "big-us", now)
    assert price is not None
    assert (price.rates.input, price.rates.output, price.rates.cache_read, price.rates.cache_write) == (
        1_250_000,
        10_000_000,
        125_000,
        None,
    )
    other = prices.find("thinker", "gpu-simulated", now)
    assert other is not None
    assert (other.rates.input, other.rates.output) == (100_001, 1_000_000)
    assert other.valid_from == datetime(2025, 1, 1, 5, 0, tzinfo=UTC)
    assert (price.id, other.id) == ("big@2025-01-01", "thinker@2025-01-01T05:00:00Z")


def test_an_endpoints_own_price_and_its_successor_are_found_by_time(folder, now) -> None:
    """Validity is closed-open, the newest row comes first, and the endpoint's row beats the model's."""
    folder.edit(
        "prices",
        "    - model: thinker\n",
        "    - {model: big, endpoint: big-us, input: 9, output: 9, valid_from: 2026-01-15T12:00:00Z,"
        " source: x}\n"
        "    - {model: big, endpoint: big-us, input: 8, output: 8, valid_from: 2026-01-01,"
        " valid_to: 2026-01-15T12:00:00Z, source: x}\n"
        "    - model: thinker\n",
    )
    prices = folder.load().prices
    before = prices.find("big", "big-us", now.replace(hour=11))
    after = prices.find("big", "big-us", now)
    assert before is not None
    assert after is not None
    assert (before.rates.input, after.rates.input) == (8_000_000, 9_000_000)


def test_a_configured_url_replaces_the_stand_in(folder) -> None:
    """One environment variable swaps the simulated endpoint for the real one; trailing slashes go."""
    folder.env = {"BIG_KEY": "k", "GPU_URL": "http://gpu:8000/v1/"}
    (endpoint,) = folder.load().catalog.models["thinker"].endpoints
    assert (endpoint.id, endpoint.target, endpoint.simulated) == ("gpu", "http://gpu:8000/v1", False)


def test_any_of_several_variables_switches_an_endpoint(folder) -> None:
    """`if_env` needs one variable of its list, `unless_env` ends with any of its list; empty is unset."""
    folder.edit("catalog", "{if_env: GPU_URL}", "{if_env: [GPU_URL, OTHER]}")
    folder.edit("catalog", "{unless_env: GPU_URL}", "{unless_env: [GPU_URL, OTHER]}")
    folder.edit("catalog", "base_url: {env: GPU_URL}", "base_url: {env: GPU_URL, default: http://h/v1}")
    folder.env = {"BIG_KEY": "k", "OTHER": "1"}
    assert [e.id for e in folder.load().catalog.models["thinker"].endpoints] == ["gpu"]
    folder.env = {"BIG_KEY": "k", "OTHER": " "}
    assert [e.id for e in folder.load().catalog.models["thinker"].endpoints] == ["gpu-simulated"]


def test_what_informs_without_refusing_is_a_note(folder) -> None:
    """A missing key, a model without endpoint, a rule without supply, a target out of reach and a price
    that ends without successor are notes with a line."""
    folder.env = {}
    folder.edit("catalog", "active: {unless_env: GPU_URL}", "active: {if_env: NEVER}")
    folder.edit("policy", "quality_target: 0.7", "quality_target: 0.9999")
    folder.edit("policy", "[reasoning, frontier]", "[reasoning]")
    folder.edit("prices", "valid_from: 2025-01-01\n", "valid_from: 2025-01-01\n      valid_to: 2027-01-01\n")
    notes = [str(note).replace(f"{folder.path}/", "") for note in folder.load().notes]
    assert notes == [
        "catalog.yaml:19: BIG_KEY is not set: endpoint big-us is called without a key",
        "catalog.yaml:29: model thinker has no active endpoint: gpu needs GPU_URL set; "
        "gpu-simulated needs NEVER set",
        "policy.yaml:9: rule 'math': none of the endpoints it may use is active",
        "policy.yaml:12: rule 'default': no active model is expected to reach 0.9999",
        "prices.yaml:7: price big@2025-01-01 ends at 2027-01-01 00:00 UTC and none follows",
    ]


def test_profiles_and_time_windows_compile(folder) -> None:
    """Thinking, the repetition guard and week windows arrive; weekdays alone mean whole days."""
    folder.edit(
        "catalog", "forbid_greedy: true", "thinking: {format: tags}\n      repetition_guard: {min_repeats: 5}"
    )
    folder.edit("policy", "{task: [math], difficulty: {at_least: 0.5}}", "{time: {weekdays: [sat, sun]}}")
    bundle = folder.load()
    profile = bundle.catalog.models["thinker"].profile
    assert profile is not None
    assert profile.thinking == Thinking("tags", "implicit")
    assert profile.repetition_guard is not None
    assert profile.repetition_guard.min_repeats == 5
    weekend = bundle.policy.rules[0].match.time
    assert weekend is not None
    assert within(weekend, datetime(2026, 1, 17, 0, 0, tzinfo=UTC))
    assert within(weekend, datetime(2026, 1, 18, 23, 59, 59, tzinfo=UTC))
    assert not within(weekend, datetime(2026, 1, 19, 0, 0, tzinfo=UTC))
    folder.edit("policy", "{weekdays: [sat, sun]}", "{from: 18:00, to: 06:00}")
    window = folder.load().policy.rules[0].match.time
    assert window == TimeWindow(frozenset(range(1, 8)), time(18), time(6))


def test_the_digest_names_the_content(folder) -> None:
    """Comments, layout, file names and secrets leave it alone; a value or an endpoint's state changes it."""
    digest = folder.load().digest
    assert len(digest) == 16
    folder.edit(
        "policy",
        "      tiers: [reasoning, frontier]",
        "      tiers:\n      - reasoning # first\n      - frontier",
    )
    (folder.path / "policy.yaml").rename(folder.path / "rules.yml")
    folder.env = {"BIG_KEY": "another"}
    assert folder.load().digest == digest
    folder.env = {"BIG_KEY": "another", "GPU_URL": "http://gpu/v1"}
    assert folder.load().digest != digest
    folder.env = {"BIG_KEY": "another"}
    folder.edit("prices", "input: 1.25", "input: 1.26")
    assert folder.load().digest != digest


def test_several_documents_may_share_a_file(folder) -> None:
    """One file with three documents says the same as three files, and lines stay right."""
    digest = folder.load().digest
    texts = []
    for name in ("catalog", "prices", "policy"):
        texts.append((folder.path / f"{name}.yaml").read_text("utf-8"))
        (folder.path / f"{name}.yaml").unlink()
    (folder.path / "all.yaml").write_text("---\n".join(texts), "utf-8")
    assert folder.load().digest == digest
    folder.edit("all", "tiers: [reasoning", "tirs: [reasoning")
    line = "\n".join([*texts[:1], *texts[1:2], ""]).count("\n") + 11
    assert any(p.startswith(f"all.yaml:{line}: unknown key 'tirs'") for p in folder.problems())


def test_all_problems_of_all_files_are_found_at_once(folder) -> None:
    """A form error in one document hides neither those of others nor the checks between the rest."""
    folder.edit("catalog", "tier: frontier", "tier: frontal")
    folder.edit("catalog", "context: 200000", "context: much")
    folder.edit("prices", "currency: USD", "currency: EUR")
    folder.edit("policy", "name: default", "name: math")
    assert [problem.split(" ")[0] for problem in folder.problems()] == [
        "catalog.yaml:11:",
        "catalog.yaml:20:",
        "policy.yaml:12:",
        "prices.yaml:6:",
    ]


def test_more_problems_than_anyone_reads_are_counted(folder) -> None:
    """A document with a thousand mistakes gives fifty of them and a count."""
    folder.edit("policy", "  rules:\n", "  rules:\n" + "    - 1\n" * 1000)
    problems = folder.problems()
    assert len(problems) == 51
    assert "policy.yaml:1: and 950 more problems; fix the ones above first" in problems


def test_a_missing_kind_is_named_unless_a_file_is_unreadable(folder) -> None:
    """Which document is missing is said once; a file that is no YAML might hold it."""
    (folder.path / "prices.yaml").unlink()
    assert folder.problems() == [
        f"{folder.path}:1: no document of kind PriceBook; add a YAML file with `kind: PriceBook`"
    ]
    (folder.path / "broken.yaml").write_bytes(b"\x00\x01binary")
    assert [problem.split(":")[0] for problem in folder.problems()] == ["broken.yaml"]


def test_other_files_of_the_folder_are_left_alone(folder) -> None:
    """Only visible YAML files directly in the folder count; editors' leftovers do not."""
    (folder.path / ".policy.yaml.swp.yaml").write_text("nonsense: [", "utf-8")
    (folder.path / "notes.txt").write_text("nonsense: [", "utf-8")
    (folder.path / "old.yaml").mkdir()
    assert folder.problems() == []


def test_a_folder_or_file_that_cannot_be_read_is_a_problem(tmp_path: Path, folder, now) -> None:
    """A missing folder and a dead link are refused like any other mistake."""
    with pytest.raises(PolicyRejected, match="nowhere:1: cannot be read: No such file or directory"):
        load_documents(tmp_path / "nowhere", {}, now)
    (folder.path / "link.yaml").symlink_to(folder.path / "gone.yaml")
    assert folder.problems() == ["link.yaml:1: is not a file; remove it or repair the link"]
    (folder.path / "link.yaml").unlink()
    os.mkfifo(folder.path / "pipe.yaml")
    assert folder.problems() == ["pipe.yaml:1: is not a file; remove it or repair the link"]


def test_nothing_is_half_applied(folder, now) -> None:
    """Loading is a function of folder, environment and time: the same input gives an equal bundle."""
    assert folder.load() == replace(folder.load(), loaded_at=now)
