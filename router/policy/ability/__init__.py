"""From what is known of a model to its abilities: outcomes, calibration prompts, published scores, a prior.

    ledger outcomes      LearnedAbilities document (`learned`)           the traffic itself: only chance errs
    calibration prompts  catalog, `calibration:`                         other prompts than the traffic's
    published scores     catalog, `published:` -> harness offset ->      another benchmark, another harness
                         link to the task (`benchmarks`, `links`)
    prior                catalog, `ability:`                             somebody's word

`estimate` brings them together for every (model, task); the arithmetic is `router/domain/ability.py`. `fit`
is the command that makes `links.json` from `published.json` and public outcomes; nothing here runs per
request.
"""
