"""The admin API: `/admin/v1` on a port of its own, with credentials of its own, in the gateway's process.

    app.py        the application: routes, errors, OpenAPI
    server.py     its server, beside the gateway's on the same event loop
    bounds.py     limits of bodies
    access.py     credential -> session; which role may use which route
    context.py    what routes work on
    replays.py    idempotency keys
    work.py       what takes long, in a process of its own
    wire.py       what all resources share on the wire
    *_wire.py     resources as they come and go
    *_routes.py   routes by resource

Routes are plain functions in threads: they may block on the database. What takes more than some milliseconds
of processor time (a plan, a month's close, a check of the whole audit log) runs in a child process at low
priority, so that no request of an app waits behind it.
"""
