"""An environment in which every endpoint is configured, so that tests mean the same on every machine."""

from __future__ import annotations

from collections.abc import Mapping

from router.policy.catalog_document import CatalogDocument
from router.policy.endpoint_document import HostedEndpoint, OpenAIEndpoint

_URL = "http://127.0.0.1:9/v1"
"""The discard port: nothing is ever sent by a test of a policy."""
_KEY = "set"


def everything_set(catalog: CatalogDocument) -> Mapping[str, str]:
    """Every variable that the catalog names, set: stand-ins that give way to a configured endpoint do."""
    env: dict[str, str] = {}
    for model in catalog.spec.models:
        for endpoint in model.endpoints:
            active = endpoint.active
            for name in (active.if_env or []) + (active.unless_env or []) if active else []:
                env.setdefault(name, _KEY)
            if isinstance(endpoint, OpenAIEndpoint | HostedEndpoint) and endpoint.api_key_env:
                env.setdefault(endpoint.api_key_env, _KEY)
            if isinstance(endpoint, OpenAIEndpoint) and endpoint.base_url.env:
                env[endpoint.base_url.env] = _URL
    return env
