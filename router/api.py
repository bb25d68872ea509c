"""The routes beside chat completions: models, the decision alone, feedback, probes and metrics. FastAPI.

Nothing here is on the hot path. Every error, unknown URLs and wrong methods included, has OpenAI's shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from hmac import compare_digest
from typing import Any, Protocol

import orjson
from fastapi import FastAPI, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from router.domain.caller import Caller
from router.domain.catalog import Catalog
from router.domain.kinds import Tier
from router.error_replies import add_error_replies
from router.errors import NotAllowed, UnknownModel
from router.feedback import Feedback
from router.feedback_route import add_feedback
from router.incoming import incoming
from router.ingress.authenticate import Keys, authenticate
from router.ingress.openai import AUTO
from router.pipeline import Pipeline
from router.policy.reload import PolicySource
from router.settings import Settings
from router.telemetry import Metrics

CHAT = "/v1/chat/completions"
_LOOPBACK = ("127.0.0.1", "::1")
_FORWARDED = frozenset({"forwarded", "x-forwarded-for", "x-real-ip"})
"""A proxy's word that somebody else is calling."""


class Health(Protocol):
    """What `/readyz` reports: each check's name and what is wrong with it, None when it is well."""

    def problems(self) -> Mapping[str, str | None]: ...

    def facts(self) -> Mapping[str, Any]: ...

    def sample(self) -> None:
        """Called before the metrics are written out."""
        ...


def build_api(
    settings: Settings,
    pipeline: Pipeline,
    keys: Keys,
    source: PolicySource,
    feedback: Feedback,
    health: Health,
    metrics: Metrics,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]],
) -> FastAPI:
    """The FastAPI application behind the hot path."""
    app = FastAPI(
        title="Tiergate",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        telemetry=None,
        redirect_slashes=False,
    )
    _add_chat_methods(app)
    _add_models(app, keys, source)
    _add_route(app, pipeline, keys, settings)
    add_feedback(app, feedback, keys, settings)
    _add_probes(app, health)
    _add_metrics(app, settings, health, metrics)
    add_error_replies(app)
    return app


def _add_chat_methods(app: FastAPI) -> None:
    """POST never gets here (see app.py); the route is known so that other methods are told 405, not 404."""

    @app.post(CHAT)
    async def chat() -> Response:
        raise AssertionError("served by the pipeline")


def _add_models(app: FastAPI, keys: Keys, source: PolicySource) -> None:
    @app.get("/v1/models")
    async def list_models(request: Request) -> Response:
        caller = authenticate(request.headers, keys)
        return _json({"object": "list", "data": _models(source.current.catalog, caller)})

    @app.get("/v1/models/{name:path}")
    async def show_model(name: str, request: Request) -> Response:
        caller = authenticate(request.headers, keys)
        for model in _models(source.current.catalog, caller):
            if model["id"] == name:
                return _json(model)
        raise UnknownModel(f"The model '{name}' does not exist; see GET /v1/models.", param="model")


def _add_route(app: FastAPI, pipeline: Pipeline, keys: Keys, settings: Settings) -> None:
    @app.post("/v1/route")
    async def route(request: Request) -> Response:
        authenticate(request.headers, keys)  # before 20 MB of body are read for nobody
        call = incoming(request)
        body = await call.body(settings.max_body_bytes, settings.body_timeout)
        return Response(await pipeline.explain(call, body), media_type="application/json")


def _add_probes(app: FastAPI, health: Health) -> None:
    @app.get("/livez")
    async def livez() -> Response:
        return _json({"status": "ok"})

    @app.get("/readyz")
    async def readyz() -> Response:
        problems = health.problems()
        ready = not any(problems.values())
        checks = {name: problem or "ok" for name, problem in problems.items()}
        body = {"status": "ready" if ready else "not ready", "checks": checks, **health.facts()}
        return _json(body, 200 if ready else 503)


def _add_metrics(app: FastAPI, settings: Settings, health: Health, metrics: Metrics) -> None:
    @app.get("/metrics")
    async def show_metrics(request: Request) -> Response:
        operator_only(request, settings)
        health.sample()
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)


def operator_only(request: Request, settings: Settings) -> None:
    """The operator's token; without one configured, callers on this machine, none that a proxy on it speaks
    for. What Host or X-Forwarded-For say is never believed. App keys do not count."""
    if settings.admin_token is None:
        forwarded = not _FORWARDED.isdisjoint(request.headers.keys())
        if request.client is None or request.client.host not in _LOOPBACK or forwarded:
            raise NotAllowed("Set TIERGATE_ADMIN_TOKEN to read this from another machine.")
        return
    given = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not compare_digest(given.encode(), settings.admin_token.get_secret_value().encode()):
        raise NotAllowed("This route takes the operator's token, not an app's key.")


def _models(catalog: Catalog, caller: Caller) -> list[dict[str, Any]]:
    """What this key may name: `auto`, the tiers and the models it is allowed, active ones only."""
    usable = [
        model
        for model in catalog.models.values()
        if model.endpoints and caller.may_use(model.tier, model.name)
    ]
    tiers = [tier for tier in Tier if any(model.tier is tier for model in usable)]
    names = ([AUTO] if usable else []) + [f"{AUTO}/{tier}" for tier in tiers]
    return [_model(name, "tiergate", None) for name in names] + [
        _model(model.name, model.licence, model.tier, model.base) for model in usable
    ]


def _model(name: str, owner: str, tier: Tier | None, base: str | None = None) -> dict[str, Any]:
    """`parent`, as vLLM calls it, is the model that a fine-tune was made of."""
    shown = {"id": name, "object": "model", "created": 0, "owned_by": owner}
    shown |= {} if tier is None else {"tier": tier.value}
    return shown | ({} if base is None else {"parent": base})


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
