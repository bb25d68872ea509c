"""The routing policy: the YAML documents admins edit, compiled once, and the pure decision over them.

    yamldoc     bytes -> plain data, every entry with its line
    *_document  the three kinds as pydantic models; `fields` holds the shared field types
    document    plain data -> typed document; `explain` turns every error into `file:line: ...`
    compile_*   typed documents -> domain values, with the checks between documents
    documents   a folder -> Bundle, or every problem found
    reload      the Bundle in force, swapped when the folder changes
    match, decide   facts x Bundle -> Decision

Nothing here calls a model, reads the ledger or knows a request's text.
"""
