"""A policy's way into force: tested on written cases, planned on past traffic, applied, taken back.

    cases, run_cases    one case of a PolicyTests document; the documents of a folder, what they cover
    recorded            a row of the ledger back to the facts it was decided on
    past, replay/       the rows of a window as columns, and their decisions made again
    compare, measured   two policies on the same past; what the ledger saw of models by task
    crossed             budgets that either policy would have crossed
    planning            one plan, stage by stage
    plan*               what would change, for people and as a file
    in_force, applying  the policy in force, and how another one gets there
    diff                what two policies say differently
    *command            the verbs below `tiergate policy`

Uses the very decision and classifier of the gateway. Nothing here runs while a request is served.
"""
