"""`tiergate serve`: the gateway under uvicorn. httptools and uvloop, by measurement; no access log, since
the ledger is one."""

from __future__ import annotations

import gc
import logging
import math
import os
import signal
import socket
import sys
from contextlib import suppress

import click
import uvicorn

from router.app import Gateway
from router.budgets.opening import ValkeyMissing
from router.budgets.send import BadReceiver
from router.classify.query_model import BadModel
from router.drain import DrainingServer
from router.faults import WithoutTexts
from router.ingress.connection import GatewayProtocol
from router.policy.problems import PolicyRejected
from router.record.engine import UnsupportedDatabase
from router.record.journal import JournalError
from router.record.protocol import LOG_FORMAT
from router.settings import Settings, read_settings
from router.tracing import TracingMissing

log = logging.getLogger(__name__)
_KEEP_ALIVE = 75
"""Seconds an idle connection is kept: longer than clients keep their side (the official one 5, Node's 4, many
proxies 60), or requests meet a closing connection."""
_BACKLOG = 2048
_REFUSED = (BadModel, BadReceiver, JournalError, OSError, TracingMissing, UnsupportedDatabase, ValkeyMissing)
"""What stands in the way of a start and is told in one line."""


@click.command()
@click.option("--host", help="Address to listen on. [TIERGATE_HOST, default 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on. [TIERGATE_PORT, default 8080]")
def serve(host: str | None, port: int | None) -> None:
    """Run the gateway. Everything else is set by TIERGATE_* variables."""
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    try:
        settings = read_settings(**given)
        logging.getLogger("uvicorn.error").addFilter(WithoutTexts())
        logging.basicConfig(level=settings.log_level.upper(), format=LOG_FORMAT, stream=sys.stderr)
        listener = _listen(settings.host, settings.port)
        admin = None
        if settings.admin_port is not None:
            admin = _listen(settings.admin_host, settings.admin_port)
        gateway = Gateway(settings, admin)
    except PolicyRejected as error:
        raise click.ClickException(f"the policy folder is refused:\n{error}") from None
    except _REFUSED as error:
        raise click.ClickException(str(error)) from None
    log.info("serving %s (data in %s)", _url(listener), settings.data_dir.absolute())
    if admin is not None:
        log.info("admin API on %s/admin/v1", _url(admin))
    _run(gateway, settings, listener)


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listen(host: str, port: int) -> socket.socket:
    """The listening socket. Bound before anything else starts, so that a port in use fails at once; clients
    that come early wait in its backlog."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        where = f"{host}:{port}"
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise click.ClickException(f"cannot listen on {where}: {reason}") from None


def _run(gateway: Gateway, settings: Settings, listener: socket.socket) -> None:
    """Until SIGTERM or Ctrl-C."""
    # uvicorn drains on SIGTERM and then raises it once more for whoever handled it before: a stop that was
    # asked for and went well ends with exit code 0.
    signal.signal(signal.SIGTERM, lambda *_: None)
    config = uvicorn.Config(
        gateway,
        http=GatewayProtocol,
        loop="uvloop",
        ws="none",
        lifespan="on",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_config=None,
        log_level="warning",
        backlog=_BACKLOG,
        timeout_graceful_shutdown=math.ceil(settings.drain_timeout),
        timeout_keep_alive=_KEEP_ALIVE,
    )
    server = DrainingServer(config, settings.drain_delay, gateway.leave)
    _calm_collector()
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    if not server.started:
        sys.exit(1)


def _calm_collector() -> None:
    """What was imported stays for good: it is taken out of every later collection, which would walk it for
    tens of milliseconds; and young objects are looked at every 10,000 allocations, not every 700, because
    a request makes about a thousand that reference counting frees by itself."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
