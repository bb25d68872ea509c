"""A policy's way into force: tested on written cases before anything else.

    cases     one case of a PolicyTests document decided and compared
    run_cases the documents of a folder, their cases, and which rules they reach
    command   the verbs below `tiergate policy`

Uses the very decision and classifier of the gateway. Nothing here runs while a request is served.
"""
