"""The adapter for closed APIs through litellm: Anthropic, Google, Bedrock, Azure and others.

The only module that imports litellm, and not before it is needed: the import takes seconds and 160 MB. It
runs in a thread. litellm is used as a translator alone: no retries, fallbacks, caches, callbacks or price
look-ups of its own, no network but the provider's, and no parameter of a request steers it
(`hosted_params`). Credentials come from the endpoint; where it has none, litellm reads the provider's usual
environment variables (cloud roles, for instance).
"""

from __future__ import annotations

import asyncio
import os
import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import httpx
import orjson

from router.dispatch import hosted_errors
from router.dispatch.deadlines import Deadlines
from router.dispatch.hosted_body import completion_json
from router.dispatch.hosted_params import litellm_arguments
from router.dispatch.hosted_stream import HostedStream
from router.dispatch.port import ConnectFailed, UpstreamCall, UpstreamFailure, UpstreamReply
from router.dispatch.replies import JSON_HEADERS, BytesReply, Refused
from router.domain.catalog import Endpoint

ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_MODE": "PRODUCTION",
    "MAX_IMAGE_URL_DOWNLOAD_SIZE_MB": "0",
}
"""Set before the import, where litellm reads them: bundled tables instead of downloads, no `.env` file, no
fetching of images that a request names."""

PYDANTIC_REMARK = "Item '.*' on TypedDict class '.*' is using the `ReadOnly` qualifier"
"""pydantic's remark about litellm's types, a dozen lines on the first use; nothing a reader could act on."""

NO_OWN_AGENDA = {"num_retries": 0, "max_retries": 0, "_skip_mcp_handler": True, "no-log": True}
"""Retrying is the attempt loop's; litellm would also run tools of type `mcp` itself."""


REHEARSED_MODULES = (
    "openai.resources.chat.completions",
    "litellm.litellm_core_utils.default_encoding",
    "litellm.llms.openai.openai",
    "litellm.llms.anthropic.chat.handler",
)
"""What litellm would import during a first call."""


def load_litellm() -> Any:
    """Imports litellm, configured; blocks for seconds. Raises ImportError without the extra `hosted`."""
    os.environ.update(ENVIRONMENT)
    warnings.filterwarnings("ignore", message=PYDANTIC_REMARK, category=UserWarning)
    litellm: Any = import_module("litellm")
    litellm.suppress_debug_info = True
    litellm.drop_params = False
    litellm.modify_params = False
    litellm.disable_token_counter = True  # its tokenizers cost 100 MB to estimate what nobody reads
    litellm.cache = None
    litellm.user_url_validation = True
    for name in ("callbacks", "success_callback", "failure_callback", "input_callback", "service_callback"):
        setattr(litellm, name, [])
    asyncio.run(_rehearse(litellm))
    return litellm


async def _rehearse(litellm: Any) -> None:
    """Makes litellm do its lazy imports, type building and tokenizer loading in this thread.

    Left to the first calls they stall the gateway's event loop, measured: 0.3 s for the first answer, 0.8 s
    for the first one on OpenAI's wire. Nothing is sent: the answers are litellm's own mock.
    """
    for name in REHEARSED_MODULES:
        import_module(name)
    for model in ("openai/rehearsal", "anthropic/claude-rehearsal"):
        mock = {"model": model, "messages": [{"role": "user", "content": "x"}], "mock_response": "x"}
        await litellm.acompletion(**mock)
        async for _ in await litellm.acompletion(**mock, stream=True):
            pass


class HostedUpstream:
    """An `Upstream` for endpoints of wire `hosted`; `target` is litellm's model name, provider included.

    `api_bases`: addresses to use instead of the provider's own, by endpoint id. litellm keeps its HTTP
    clients per process: use one HostedUpstream per process.
    """

    def __init__(self, *, api_bases: Mapping[str, str] | None = None) -> None:
        self._api_bases = dict(api_bases or {})
        self._loading: asyncio.Task[Any] | None = None

    async def warm(self, _: Endpoint | None = None) -> None:
        """Imports litellm now. Raises ConnectFailed without the extra `hosted`."""
        await self._litellm()

    async def call(self, call: UpstreamCall) -> UpstreamReply:
        """Raises ConnectFailed, TimedOut, BrokenReply. A provider's error is a reply with its status."""
        litellm = await self._litellm()
        deadlines = Deadlines(call.endpoint, whole=not call.stream)
        try:
            arguments = self._arguments(litellm, call)
            answer = await deadlines.first(litellm.acompletion(**arguments), reached=lambda: True)
            if not call.stream:
                return BytesReply(200, JSON_HEADERS, orjson.dumps(completion_json(answer)))
            stream = HostedStream(answer, deadlines, call)
            await stream.begin()
        except Refused as refused:
            return refused.reply()
        except UpstreamFailure:
            raise
        except Exception as error:
            reply = hosted_errors.error_reply(error, call.endpoint)
            if reply is None:
                raise hosted_errors.failure(error, call.endpoint, whole=not call.stream) from error
            return reply
        return stream

    async def aclose(self) -> None:
        """Closes litellm's connections."""
        if self._loading is not None and self._loading.done() and not self._loading.exception():
            await self._loading.result().close_litellm_async_clients()

    async def _litellm(self) -> Any:
        if self._loading is None:
            self._loading = asyncio.create_task(asyncio.to_thread(load_litellm))
        try:
            return await asyncio.shield(self._loading)
        except ImportError as error:
            raise ConnectFailed(
                f"litellm is not installed: pip install 'tiergate[hosted]' ({error})"
            ) from error

    def _arguments(self, litellm: Any, call: UpstreamCall) -> dict[str, Any]:
        endpoint = call.endpoint
        model, provider = _provider(litellm, endpoint)
        supported = litellm.get_supported_openai_params(model, custom_llm_provider=provider) or ()
        arguments = litellm_arguments(call.payload, provider, supported)
        arguments |= {
            **NO_OWN_AGENDA,
            "model": endpoint.target,
            "api_key": endpoint.api_key,
            "timeout": _read_timeout(call),
            "stream": call.stream,
        }
        if call.stream:
            arguments["stream_options"] = {"include_usage": True}
        if endpoint.id in self._api_bases:
            arguments["api_base"] = self._api_bases[endpoint.id]
        return arguments


def _read_timeout(call: UpstreamCall) -> httpx.Timeout:
    """A net under `Deadlines`, which decide; but only litellm can tell a slow connect from a slow answer."""
    endpoint = call.endpoint
    read = max(endpoint.first_byte_timeout, endpoint.between_chunks_timeout)
    if not call.stream:
        read = endpoint.total_timeout
    return httpx.Timeout(read, connect=endpoint.connect_timeout)


def _provider(litellm: Any, endpoint: Endpoint) -> tuple[str, str]:
    """Model and provider of the endpoint's target. Raises ConnectFailed for a provider litellm lacks."""
    try:
        model, provider, _, _ = litellm.get_llm_provider(endpoint.target)
    except litellm.exceptions.BadRequestError as error:
        raise ConnectFailed(
            f"endpoint {endpoint.id}: litellm knows no provider for {endpoint.target!r}"
        ) from error
    return model, provider
