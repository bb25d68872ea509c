"""Runs work that another party's text can blow up in processes that can be killed.

    pool    asks child processes, each with a time limit after which it is killed and replaced
    child   what such a process runs: limits on itself, then one handler, one question a line

A handler is a Python file with `answer(asked) -> reply`, both plain JSON objects. It must import nothing of
`router`: a child knows no setting, no key and no request but the question it was asked.
"""
