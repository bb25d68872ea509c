"""The shipped policy folder: it loads in every environment, and what is generated from the code is fresh."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from pathlib import Path

import jsonschema_rs
import pytest

from router.domain.ability import sigmoid
from router.domain.kinds import DataClass, Task, Tier
from router.domain.success import curve_without_reading
from router.policy import reference, schemas
from router.policy.catalog_document import PerTask
from router.policy.documents import load_documents
from router.policy.policy_document import DataClassesPart
from router.policy.yamldoc import parse_documents

FOLDER = Path(__file__).parents[2] / "policies"
NOW = datetime(2026, 1, 15, tzinfo=UTC)
REAL = {
    "OPENAI_API_KEY": "k",
    "OPENAI_EU_API_KEY": "k",
    "ANTHROPIC_API_KEY": "k",
    "VLLM_BASE_URL": "http://gpu:8000/v1",
}
FILES = {"catalog.yaml": "ModelCatalog", "prices.yaml": "PriceBook", "policy.yaml": "RoutingPolicy"}


@pytest.mark.parametrize(
    "names", [c for n in range(len(REAL) + 1) for c in itertools.combinations(REAL, n)], ids="+".join
)
def test_it_loads_with_any_keys_and_every_tier_is_served(names: tuple[str, ...]) -> None:
    """Whatever is configured, each tier has an endpoint, and simulated ones never stand beside real ones."""
    bundle = load_documents(FOLDER, {name: REAL[name] for name in names}, NOW)
    for tier in Tier:
        kinds = {
            endpoint.simulated
            for model in bundle.catalog.models.values()
            if model.tier is tier
            for endpoint in model.endpoints
        }
        assert len(kinds) == 1


def test_nothing_reaches_out_without_a_key() -> None:
    """Without any variable set, every endpoint is this machine or this process."""
    bundle = load_documents(FOLDER, {}, NOW)
    targets = [e.target for model in bundle.catalog.models.values() for e in model.endpoints]
    assert all(target.startswith(("http://127.0.0.1:", "package:")) for target in targets)


def test_sandboxes_may_listen_elsewhere() -> None:
    """Their URLs are taken from the environment when it names them."""
    env = {
        "TIERGATE_SANDBOX_FRONTIER_URL": "http://127.0.0.1:1/v1",
        "TIERGATE_SANDBOX_REASONING_URL": "http://127.0.0.1:2/v1",
    }
    bundle = load_documents(FOLDER, env, NOW)
    targets = {e.id: e.target for model in bundle.catalog.models.values() for e in model.endpoints}
    assert targets["gpt-5-simulated"] == "http://127.0.0.1:1/v1"
    assert targets["qwq-32b-simulated"] == "http://127.0.0.1:2/v1"


def test_restricted_data_has_no_way_out_of_the_house() -> None:
    """The data class itself is bound to the premises, whatever rules say."""
    policy = load_documents(FOLDER, REAL, NOW).policy
    assert policy.residency[DataClass.RESTRICTED] == {"on-premises"}


def test_abilities_split_the_work_over_three_tiers() -> None:
    """At the default target the small model answers nothing that has a right answer, the reasoning one
    middling mathematics, and only the frontier hard general work; suggestions go to the small one by rule."""
    models = load_documents(FOLDER, {}, NOW).catalog.models

    def able(task: Task, difficulty: float) -> list[str]:
        return [
            name
            for name, model in models.items()
            if (not model.serves or task in model.serves)
            and sigmoid(curve_without_reading(task, difficulty).at(model.ability_for(task).mean)) >= 0.7
        ]

    assert not any("smollm2-135m" in able(task, 0.1) for task in Task)
    rules = {rule.name: rule for rule in load_documents(FOLDER, {}, NOW).policy.rules}
    assert rules["suggestions"].tiers[0] is Tier.SMALL
    assert {"qwq-32b", "gpt-5"} <= set(able(Task.MATH, 0.7))
    assert "qwq-32b" not in able(Task.INSTRUCTION, 0.6)
    assert "gpt-5" in able(Task.INSTRUCTION, 0.6)


def test_published_scores_stand_behind_what_is_bought() -> None:
    """The reasoning and the frontier model are believed because of scores with a source, not by our word."""
    models = load_documents(FOLDER, {}, NOW).catalog.models
    assert "AIME 2024 79.5 (qwen-release, 2025-03)" in models["qwq-32b"].ability_for(Task.MATH).provenance
    assert "LiveCodeBench 86.5 (llmrouterbench" in models["gpt-5"].ability_for(Task.CODE).provenance
    for model, task in (("qwq-32b", Task.MATH), ("gpt-5", Task.KNOWLEDGE)):
        assert models[model].ability_for(task).n > 20


@pytest.mark.parametrize(("file", "kind"), FILES.items())
def test_each_file_names_its_schema_and_is_valid_by_it(file: str, kind: str) -> None:
    """An editor finds the schema by the first line, and agrees with the loader."""
    content = (FOLDER / file).read_bytes()
    first = content.decode().splitlines()[0]
    assert first == f"# yaml-language-server: $schema=schema/{schemas.FILES[kind]}"
    schema = json.loads((FOLDER / "schema" / schemas.FILES[kind]).read_text("utf-8"))
    (document,), _ = parse_documents(file, content)
    jsonschema_rs.Draft7Validator(schema).validate(json.loads(json.dumps(document.data)))


@pytest.mark.parametrize("kind", schemas.KINDS)
def test_schemas_on_disk_are_the_generated_ones(kind: str) -> None:
    """`tiergate policy schema --write policies/schema` has nothing to change."""
    on_disk = (FOLDER / "schema" / schemas.FILES[kind]).read_text("utf-8")
    assert on_disk == schemas.schema_text(kind)


@pytest.mark.parametrize("kind", schemas.KINDS)
def test_schemas_are_plain_draft_7(kind: str) -> None:
    """Valid by draft 7's own schema, without keywords of later drafts or of OpenAPI."""
    text = schemas.schema_text(kind)
    assert jsonschema_rs.meta.is_valid(json.loads(text))
    assert not any(word in text for word in ('"$defs"', '"discriminator"', '"prefixItems"', '"null"'))


@pytest.mark.parametrize("kind", schemas.KINDS)
def test_every_field_says_what_it_means(kind: str) -> None:
    """No field of any mapping is without a description."""
    root = schemas.schema(kind)
    for name, part in {kind: root, **root["definitions"]}.items():
        for field, described in part.get("properties", {}).items():
            assert schemas.resolved(root, described, {}).get("description"), f"{name}.{field}"


def test_the_readme_documents_every_field() -> None:
    """The field reference in the README is the generated one, and it names every field of every model."""
    readme = (FOLDER / "README.md").read_text("utf-8")
    assert reference.insert(readme) == readme
    for kind in schemas.KINDS:
        for part in schemas.schema(kind)["definitions"].values():
            for field in part.get("properties", {}):
                assert f"`{field}`" in reference.reference()


def test_closed_sets_of_the_domain_have_their_fields() -> None:
    """A new task or data class cannot be forgotten in the documents."""
    assert set(PerTask.model_fields) == {"default", *Task}
    assert set(DataClassesPart.model_fields) == set(DataClass)
