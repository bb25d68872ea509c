"""Rate limits of keys, teams and models: requests and tokens per minute, and requests at once.

    windows     counts over a minute, in memory or in a Valkey that gateways share (the library `limits`)
    places      requests at once, in this process or in slices of what gateways share
    passage     what one request has taken, and what its caller is told of it
    admission   takes before anything is spent, corrects when it is known what was used

Nothing runs where the policy folder has no limits.
"""
