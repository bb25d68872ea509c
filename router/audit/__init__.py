"""Who did what to this gateway: every administrative act and every change of policy or price, for good.

    entry.py     one entry, and what of it is signed
    keys.py      the keys that sign
    log.py       appends, in the transaction of the act itself
    anchors.py   signed heads kept outside the database
    verify.py    whether all of it is still what was written
    reloads.py   what a running gateway takes up by itself
    writing.py   how a verb of the command line gets at the log
    command.py   `tiergate audit verify|list|export`

An entry is signed together with the signature of the entry before it, so one that was changed, left out or
put in between is found by everybody who holds the key. A tail that was cut off would leave a chain that
holds; it is found by the anchors, which name heads that existed. The database refuses updates and deletes
by triggers, which stop mistakes and not whoever owns the database: the keys and the anchors do that.
Entries hold names, ids, digests and reasons; never a secret, a prompt or an answer.
"""
