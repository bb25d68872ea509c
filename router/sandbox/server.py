"""The simulated upstream as a plain ASGI application: an OpenAI-compatible server that owns no model.

Routes: POST /v1/chat/completions; GET /v1/models, /health, /metrics; POST and DELETE /sandbox/faults
({"fault": "429:2", "times": 3}); POST /sandbox/ready ({"ready": false}); GET /sandbox/state. It keeps nothing
on disk and calls nobody.
"""

from __future__ import annotations

import hmac
import itertools
import json
import random
from collections import deque
from collections.abc import Iterable

from starlette.types import Receive, Scope, Send

from router.sandbox.answers import AnswerKey, seeded
from router.sandbox.compose import Composer
from router.sandbox.delivery import Delivery, Places
from router.sandbox.exchange import Exchange
from router.sandbox.faults import FaultPlan, parse_fault
from router.sandbox.judge import SimulatedJudge
from router.sandbox.metrics import Metrics
from router.sandbox.options import Options
from router.sandbox.prefixcache import PrefixCache
from router.sandbox.prompts import Prompt, load_prompts
from router.sandbox.record import KEPT, Record, SeenRequest
from router.sandbox.render import FINGERPRINT
from router.sandbox.toolchoice import forced_name
from router.sandbox.wire import ChatCall, WireError, parse


class Sandbox:
    """One simulated model server. `prompts` are those it knows answers to (default: the demo's); `kept` is
    how many requests the record holds, bodies included."""

    def __init__(self, options: Options, prompts: Iterable[Prompt] | None = None, kept: int = KEPT) -> None:
        profile = options.profile
        self.options = options
        self.record = Record(deque(maxlen=kept))
        self.plan = FaultPlan(options.fault_rate, options.speed, random.Random(options.seed))
        self._cache = PrefixCache(profile)
        self._metrics = Metrics(profile, options.models[0], self.record, self._cache)
        self._places = Places(profile.max_running, self.record)
        self._numbers = itertools.count(1)
        self.ready = True
        """While it is not set, `/health` and every completion are a 503, as of a server that is starting."""
        key = AnswerKey(load_prompts() if prompts is None else prompts)
        judge = SimulatedJudge(key, options.judge_bias)
        self._composer = Composer(profile, key, options.thinking_scale, judge)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] != "http":
            return
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        seen = SeenRequest(scope["method"], scope["path"], headers)
        exchange = Exchange(scope, receive, send, seen, self.options.profile)
        try:
            await self._route(exchange)
        except WireError as error:
            await exchange.refuse(error)
        finally:
            self.record.changed()

    async def _route(self, exchange: Exchange) -> None:
        match exchange.seen.method, exchange.seen.path:
            case "POST", "/v1/chat/completions":
                await self._chat(exchange)
            case "GET", "/v1/models":
                self._authorise(exchange.seen)
                await exchange.answer(200, self._models())
            case "GET", "/health":
                await exchange.answer(200 if self.ready else 503, b"")
            case "GET", "/metrics":
                page = self._metrics.page(self.options.profile.max_running)
                await exchange.answer(200, page, "text/plain; version=0.0.4; charset=utf-8")
            case "GET", "/sandbox/state":
                await exchange.answer(200, self._state())
            case "POST", "/sandbox/ready":
                await self._set_ready(exchange)
            case (("POST" | "DELETE"), "/sandbox/faults"):
                await self._set_faults(exchange)
            case method, path:
                raise WireError(404, f"Unknown request URL: {method} {path}.", code="unknown_url")

    async def _chat(self, exchange: Exchange) -> None:
        seen = exchange.seen
        self.record.arrived(seen)
        await exchange.read_body()
        self.record.changed()
        if not self.ready:
            raise WireError(503, "The simulated server is not ready.", "server_error")
        self._authorise(seen)
        call = parse(seen.body)
        fault = self.plan.pick(call, seen.headers)
        seen.fault = fault.text if fault else None
        if call.model not in self.options.models:
            message = f"The model `{call.model}` does not exist or you do not have access to it."
            raise WireError(404, message, param="model", code="model_not_found")
        forced_name(call)
        number = next(self._numbers)
        size = self._cache.measure(call)
        limit = self._output_limit(call, size.tokens)
        salt = f"seed {call.seed}" if call.seed is not None else f"{self.options.seed} number {number}"
        replies = [self._composer.reply(call, i, salt, limit, fault) for i in range(call.n)]
        rng = seeded(str(self.options.seed), "pace", str(number))
        delivery = Delivery(
            exchange, self.options, self._places, self._metrics, call, fault, size, replies, rng
        )
        await exchange.unless_gone(delivery.run())

    def _authorise(self, seen: SeenRequest) -> None:
        if self.options.api_key is None:
            return
        given = seen.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self.options.api_key.encode()):
            raise WireError(401, "Incorrect API key provided.", code="invalid_api_key")

    def _output_limit(self, call: ChatCall, prompt_tokens: int) -> int:
        """Output tokens this call may have. Raises WireError when prompt and limit exceed the context."""
        context = self.options.profile.context
        asked = call.limit()
        if prompt_tokens + (asked or 1) <= context:
            return asked or min(self.options.profile.default_output, context - prompt_tokens)
        message = (
            f"This model's maximum context length is {context} tokens. However, your messages resulted in "
            f"{prompt_tokens} tokens and {asked or 1} were asked for the completion."
        )
        raise WireError(400, message, param="messages", code="context_length_exceeded")

    def _models(self) -> bytes:
        profile = self.options.profile
        owner = f"sandbox ({profile.title})"
        extra = {"max_model_len": profile.context} if profile.dialect == "vllm" else {}
        data = [
            {"id": m, "object": "model", "created": 0, "owned_by": owner, **extra}
            for m in self.options.models
        ]
        return json.dumps({"object": "list", "data": data}).encode()

    def _state(self) -> bytes:
        record = self.record
        state = {"simulated": True, "system_fingerprint": FINGERPRINT, "requests": record.total}
        state |= {"running": record.running, "waiting": record.waiting}
        return json.dumps(
            {**state, "peak_running": record.peak_running, "disconnects": record.disconnects}
        ).encode()

    async def _set_ready(self, exchange: Exchange) -> None:
        await exchange.read_body()
        try:
            ready = json.loads(exchange.seen.body)["ready"]
        except (ValueError, KeyError, TypeError) as error:
            raise WireError(400, f'Expected {{"ready": true or false}}: {error}') from None
        self.ready = bool(ready)
        await exchange.answer(200, json.dumps({"ready": self.ready}).encode())

    async def _set_faults(self, exchange: Exchange) -> None:
        await exchange.read_body()
        if exchange.seen.method == "DELETE":
            self.plan.queue.clear()
        else:
            try:
                asked = json.loads(exchange.seen.body)
                fault, times = parse_fault(str(asked["fault"])), int(asked.get("times", 1))
            except (ValueError, KeyError, TypeError) as error:
                raise WireError(400, f'Expected {{"fault": name, "times": n}}: {error}') from None
            self.plan.queue.extend(itertools.repeat(fault, times))
        queued = [fault.text for fault in self.plan.queue]
        await exchange.answer(200, json.dumps({"queued": queued}).encode())
