"""`tiergate serve`: the gateway under uvicorn. httptools and uvloop, by measurement; no access log, since
the ledger is one."""

from __future__ import annotations

import logging
import math
import signal
import sys

import click
import uvicorn
from pydantic import ValidationError

from router.app import Gateway
from router.ingress.connection import GatewayProtocol
from router.policy.problems import PolicyRejected
from router.record.engine import UnsupportedDatabase
from router.record.journal import JournalError
from router.settings import Settings

_KEEP_ALIVE = 75
"""Seconds an idle connection is kept: longer than clients keep their side (the official one 5, Node's 4, many
proxies 60), or requests meet a closing connection."""
_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


@click.command()
@click.option("--host", help="Address to listen on. [TIERGATE_HOST, default 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on. [TIERGATE_PORT, default 8080]")
def serve(host: str | None, port: int | None) -> None:
    """Run the gateway. Everything else is set by TIERGATE_* variables."""
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
        logging.basicConfig(level=settings.log_level.upper(), format=_FORMAT, stream=sys.stderr)
        gateway = Gateway(settings)
    except ValidationError as error:
        raise click.ClickException(_settings_text(error)) from None
    except PolicyRejected as error:
        raise click.ClickException(f"the policy folder is refused:\n{error}") from None
    except (JournalError, UnsupportedDatabase) as error:
        raise click.ClickException(str(error)) from None
    # uvicorn drains on SIGTERM and then raises it once more for whoever handled it before: a stop that was
    # asked for and went well ends with exit code 0.
    signal.signal(signal.SIGTERM, lambda *_: None)
    uvicorn.run(
        gateway,
        host=settings.host,
        port=settings.port,
        http=GatewayProtocol,
        loop="uvloop",
        ws="none",
        lifespan="on",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_level="warning",
        timeout_graceful_shutdown=math.ceil(settings.drain_timeout),
        timeout_keep_alive=_KEEP_ALIVE,
    )


def _settings_text(error: ValidationError) -> str:
    lines = [
        f"TIERGATE_{'_'.join(map(str, found['loc'])).upper()}: {found['msg']}, got {found['input']!r}"
        for found in error.errors(include_url=False)
    ]
    return "settings are refused:\n" + "\n".join(lines)
