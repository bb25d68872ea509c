"""Who sells, hosts and invoices what an endpoint served: a YAML file of the reader's, before what names say.

    endpoints:
      openai-eu: {provider: OpenAI, account: org-1234, account_name: Acme EU, self_hosted: false}
    models:
      qwq-32b: {provider: Acme, publisher: Alibaba Cloud, service: vLLM}

Without an entry the seller of a well-known model is told by its name, and the reasoning and small tiers count
as self-hosted: invoiced by nobody, so that their BilledCost is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from router.domain.kinds import Tier

_BY_PREFIX = (
    ("gpt-", "OpenAI"),
    ("o1", "OpenAI"),
    ("o3", "OpenAI"),
    ("o4", "OpenAI"),
    ("claude", "Anthropic"),
    ("gemini", "Google"),
    ("grok", "xAI"),
    ("mistral", "Mistral AI"),
    ("deepseek", "DeepSeek"),
)


class BadMap(ValueError):
    """The file cannot be used; the message says where and why."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: str | None = None
    publisher: str | None = None
    host: str | None = None
    issuer: str | None = None
    service: str | None = None
    account: str | None = None
    account_name: str | None = None
    self_hosted: bool | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoints: dict[str, _Entry] = {}
    models: dict[str, _Entry] = {}


@dataclass(frozen=True, slots=True)
class Provider:
    """Of one endpoint. `self_hosted`: no invoice comes for it."""

    provider: str
    publisher: str
    host: str
    issuer: str
    service: str
    account: str
    account_name: str
    self_hosted: bool


class Providers:
    """Looks endpoints up."""

    def __init__(self, file: _File | None = None) -> None:
        self._file = file or _File()

    def of(self, organisation: str, tier: str, model: str, endpoint: str) -> Provider:
        """Always an answer: every row names somebody."""
        merged = self._file.models.get(model, _Entry()).model_dump(exclude_none=True)
        merged |= self._file.endpoints.get(endpoint, _Entry()).model_dump(exclude_none=True)
        own = merged.get("self_hosted", tier != Tier.FRONTIER)
        known = next((name for prefix, name in _BY_PREFIX if model.startswith(prefix)), None)
        provider = merged.get("provider") or ((organisation or endpoint) if own else known or endpoint)
        issuer = merged.get("issuer", provider)
        account = merged.get("account", issuer)
        return Provider(
            provider=provider,
            publisher=merged.get("publisher", known or provider),
            host=merged.get("host", provider),
            issuer=issuer,
            service=merged.get("service", f"{provider} API" if not own else "Self-hosted models"),
            account=account,
            account_name=merged.get("account_name", account),
            self_hosted=own,
        )


def read_providers(path: Path | None) -> Providers:
    """Raises BadMap, OSError."""
    if path is None:
        return Providers()
    try:
        return Providers(_File.model_validate(yaml.safe_load(path.read_text("utf-8")) or {}))
    except yaml.YAMLError as error:
        raise BadMap(f"{path}: {error}") from error
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        where = ".".join(map(str, found["loc"]))
        raise BadMap(f"{path}: {where}: {found['msg']}") from error
