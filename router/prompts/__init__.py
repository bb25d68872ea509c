"""What people asked, kept only where it is wanted, sealed, and not for ever.

    vault.py     keys: sealing, opening, hashing a subject
    keep.py      a request's prompt and subject on their way to the journal
    opened.py    opened again for whoever has the key
    forget.py    what is over, and what is erased
    command.py   `tiergate erase`, `tiergate prompts show|purge`

Off unless TIERGATE_STORE_PROMPTS or TIERGATE_STORE_SUBJECTS says otherwise. Plain text of a prompt is nowhere
but in the memory of the gateway that serves it: journal, quarantine and database have it sealed.
"""
