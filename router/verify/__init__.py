"""Outcome checks of answers. Must not call a model, spend anything or change an answer.

Plain functions from texts to a `Finding`: passed, failed or unverified, with the evidence in words. None
raises for any answer; only a bad declaration (an unknown constraint) is a ValueError. All are local: what a
request holds never leaves the machine for a check.

    port          the one Protocol of all verifiers
    subject       what one request declares or states of its right answer
    verifiers     those that run in process, behind the port
    walled        those that have processes of their own
    inspection    the checks of one request, before and after its reply
    threads       blocking checks, bounded, off the event loop

    structure     what the request itself says: JSON, tool calls (`calls`), by JSON Schemas (`schemas`)
    signs         empty, cut off, endless loop, refusal (`refusals`), wrong language (`language`, `asked`)
    mathematics/  final answers against a reference, or computed where the problem allows; k samples
    constraints/  IFEval's 25 kinds of instructions, declared or detected in the prompt
    reference     exact text, number, choice letter, shared words
    sql           results of a query on a fixture; `sql_worker` is what its processes run
    killable/     the processes in which algebra and SQL run: limited, killed when late, replaced
    code/         tests run in isolation

`Workers` (mathematics) and `Database` (sql) hold processes and block, as `code` does: made once, closed at
the end, used off the event loop. Everything else is pure and takes microseconds.
"""
