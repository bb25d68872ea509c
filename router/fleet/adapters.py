"""LoRA adapters on vLLM servers, by vLLM's own API: which are loaded, load one, unload one.

Dynamic loading has to be allowed there (`--enable-lora`, VLLM_ALLOW_RUNTIME_LORA_UPDATING=True). What was
loaded so is gone when the server restarts; `--lora-modules NAME=PATH` at its start stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from router.domain.catalog import Catalog, Endpoint, Model

_TIMEOUT_S = 120.0
"""Loading reads the weights from a disk or a hub."""
_OK = 200


class AdapterRefused(Exception):
    """The server cannot be asked, or says no; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A fine-tune of the catalog on one server."""

    model: Model
    endpoint: Endpoint


def placed(catalog: Catalog) -> list[Placed]:
    """Every adapter that the catalog has, in its order."""
    return [
        Placed(model, endpoint)
        for model in catalog.models.values()
        for endpoint in model.endpoints
        if endpoint.adapter is not None
    ]


def loaded(endpoint: Endpoint) -> Mapping[str, str]:
    """The adapters on the endpoint's server and the model that each is on. Raises AdapterRefused."""
    said = _said(_request(endpoint, "GET", "/models", None))
    if not isinstance(said, dict) or not isinstance(said.get("data"), list):
        raise AdapterRefused(f"{endpoint.target}/models is no list of models")
    return {
        str(one["id"]): str(one["parent"])
        for one in said["data"]
        if isinstance(one, dict) and "id" in one and one.get("parent") is not None
    }


def load(endpoint: Endpoint) -> bool:
    """Loads the endpoint's adapter under its upstream name; False: it is there already. Raises
    AdapterRefused."""
    if endpoint.upstream_model in loaded(endpoint):
        return False
    wanted = {"lora_name": endpoint.upstream_model, "lora_path": endpoint.adapter}
    _request(endpoint, "POST", "/load_lora_adapter", wanted)
    return True


def unload(endpoint: Endpoint) -> None:
    """Raises AdapterRefused, also where it is not loaded."""
    _request(endpoint, "POST", "/unload_lora_adapter", {"lora_name": endpoint.upstream_model})


def _request(endpoint: Endpoint, method: str, path: str, body: Mapping[str, Any] | None) -> bytes:
    url = endpoint.target.rstrip("/") + path
    headers = {} if endpoint.api_key is None else {"authorization": f"Bearer {endpoint.api_key}"}
    try:
        reply = httpx.request(method, url, headers=headers, json=body, timeout=_TIMEOUT_S)
    except httpx.HTTPError as error:
        raise AdapterRefused(f"{url}: {error}") from error
    if reply.status_code != _OK:
        raise AdapterRefused(f"{url}: HTTP {reply.status_code}: {_message(reply.content)}")
    return reply.content


def _message(body: bytes) -> str:
    said = _said(body)
    error = said.get("error", said) if isinstance(said, dict) else said
    if isinstance(error, dict) and isinstance(error.get("message"), str):
        return str(error["message"])
    if isinstance(said, dict) and said.get("detail") == "Not Found":
        return "no such route; start vLLM with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True"
    return str(error)[:200]


def _said(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace")
