"""A small OpenID Connect provider for tests: `python -m tests.browser.oidc_provider PORT USERS`.

It does what the dashboard relies on, for real: discovery, authorisation code with PKCE (S256), client secret,
nonce, ID tokens signed with RS256 by a key of its own, published as a JWK set, and RP-initiated sign-out.
USERS is JSON: claims by name; whoever opens the authorisation page picks a name.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sys
import time
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT = ("tiergate-dashboard", "a secret of the client, for tests")
LIFETIME = 300


@dataclass(slots=True)
class Provider:
    """`users`: claims by name. A code is used once."""

    issuer: str
    users: dict[str, dict[str, Any]]
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "test", "use": "sig"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/jwks", self.jwks),
                Route("/logout", self.logout),
            ]
        )

    async def discovery(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
                "end_session_endpoint": f"{self.issuer}/logout",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if asked["client_id"] != CLIENT[0] or asked["code_challenge_method"] != "S256":
            return Response("not a request of the dashboard", 400)
        name = asked.pop("pick", None)
        if name is None:
            links = "".join(
                f'<p><a href="?{escape(urlencode({**asked, "pick": one}))}">{escape(one)}</a></p>'
                for one in self.users
            )
            return HTMLResponse(f"<!doctype html><title>Provider</title><link rel=icon href=data:,>{links}")
        code = secrets.token_urlsafe(16)
        self.codes[code] = {**asked, "name": name}
        back = urlencode({"code": code, "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", 302)

    async def token(self, request: Request) -> Response:
        form = await request.form()
        asked = self.codes.pop(str(form["code"]), None)
        if asked is None or _client(request) != CLIENT or form["redirect_uri"] != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        proof = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        if base64.urlsafe_b64encode(proof).rstrip(b"=").decode() != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT[0], "sub": f"sub-{asked['name']}", "iat": now,
            "exp": now + LIFETIME, "nonce": asked["nonce"], **self.users[asked["name"]],
        }  # fmt: skip
        signed = jwt.encode({"alg": "RS256", "kid": "test"}, claims, self.key)
        return JSONResponse(
            {"access_token": "unused", "token_type": "Bearer", "expires_in": LIFETIME, "id_token": signed}
        )

    async def jwks(self, _: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def logout(self, request: Request) -> Response:
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 302)


def _client(request: Request) -> tuple[str, str]:
    """HTTP Basic, each part form-encoded as RFC 6749 says; these need no decoding but for spaces."""
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    name, _, secret = base64.b64decode(given).decode().partition(":") if kind == "Basic" else ("", "", "")
    return name, secret.replace("+", " ").replace("%20", " ").replace("%2C", ",")


if __name__ == "__main__":
    port = int(sys.argv[1])
    found = Provider(f"http://127.0.0.1:{port}", json.loads(sys.argv[2]))
    uvicorn.run(found.app(), host="127.0.0.1", port=port, log_level="warning")
