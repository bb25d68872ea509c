"""The gateway's own HTTP/1.1 client, the implementation of `router.dispatch.transport.Transport`.

Why our own: this client is a good part of what the gateway spends on a request. Of the libraries measured
the fast one leaves the upstream working after its caller was cancelled, and the sound one costs nearly twice
the CPU (tests/bench/RESULTS.md has the figures). Parsing is llhttp's, through httptools: framing, chunked
bodies and malformed replies are judged by the parser that Node.js ships. Deliberately absent: redirects,
cookies, proxies from the environment, compression, HTTP/2, pipelining, and retries (a written request is
never sent again).

    request     URL and headers -> bytes
    reply       bytes -> status, headers, body; fed by the connection, read by the adapter
    connection  one socket, one exchange at a time, one deadline
    pool        the connections to one origin
    client      `Http1Transport`: one pool per origin, certificate checks
"""

from router.dispatch.http1.client import Http1Transport, tls_context

__all__ = ["Http1Transport", "tls_context"]
