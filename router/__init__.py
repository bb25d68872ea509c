"""Tiergate: one endpoint that buys model answers from three tiers and keeps a ledger finance can close.

One request, top to bottom (`pipeline.py` is this list and nothing else):

    ingress       bytes -> request: parse the wire, mint the id                   router/ingress
    authenticate  virtual key -> Caller                                           router/ingress
    classify      task, difficulty, data class, capabilities, with confidence     router/classify
    decide        policy x catalog x prices x health -> ordered candidates        router/policy
    dispatch      attempts on endpoints: timeout, retry, circuit, stream          router/dispatch
    verify        outcome checks; may escalate to the next candidate              router/verify
    meter         usage x price book -> cost; baseline -> saving                  router/meter
    record        journal first, then the ledger database                        router/record

Around it: `app.py` is the composition root and the route table, `serve.py` the process, `drain.py` how it
leaves, `settings.py` the environment, `errors.py` the error tree, `telemetry.py` every metric, header and
span name, `tracing.py`, `otlp.py` and `span_attributes.py` requests as spans, `cli.py` the verbs,
`ticket.py` the state of one request, `deciding.py` its way to a decision, `jobs.py` what of it is handed to
`dispatch`, `respond.py` its reply, `verdicts.py` its verdict rows and late
checks, `feedback.py` what people and apps report of answers, `judge/` what a model says of them,
`memory.py` who served a conversation's previous turn, `sandbox/` the simulated upstreams and the demo,
`learn/` what is fitted offline and from the ledger, `calibrate/` a model measured at its endpoint,
`suites/` benchmarks bought through the gateway (both ask by `asking.py` and keep `result_lines.py`),
`policy_store.py` where the policy comes from, `lifecycle/` how another one gets into force, `prices/` the
price book held against an open source, `detect/` what of a request raises its data class, `ratelimit/` how
much may be asked in a minute, `corrections/` costs corrected afterwards, `gpu/` self-hosted endpoints by
the hour, `fleet/` what a model needs of a GPU, `savings/` what was saved and what a good answer costs,
`books/` what finance reads and closes of the ledger, `audit/` who did what, `admin/` the administrators'
API, `prompts/` what people asked, sealed and for a while.
`domain/` holds pure values and imports nothing of `router`; stages import `domain`, `errors` and
`telemetry`, never each other (`dispatch` may use `meter`, because every attempt owes a price); `app` alone
imports all. The dashboard is a process of its own in `dashboard/` and reads the ledger only.

Glossary. request: one call of an app. caller: key, team, project, organisation. team: of one
organisation; people name it `acme/search`. workload: a named use case.
task: kind of work. difficulty: 0 (anyone gets it right) to 1 (nobody does). ability: the share of a task's
usual requests that a model gets right, with an interval and its sources. reading: what the query model says
of a request. P(success): chance that a model gets this request right. tier: frontier, reasoning or small.
model: what answers. endpoint: one deployment of a model. candidate: a model on an endpoint that may serve a
request. decision: the ordered candidates with reasons. attempt: one call of an upstream. verifier: one kind
of outcome check. verdict: what a check said of an answer; a finding is one with its evidence. acceptance:
what a verifier said of a model's answers to a task, counted. cascade: answer, check, try the next; a chain
is the candidates in its order. sample: one of several answers bought at once. feedback: what a person or an
app reported of an answer; judgement: what a judging model said of one; neither is a verdict. outcome:
accepted, escalated, exhausted, unverified (and, where there was no answer, refused, cancelled or
interrupted). usage: tokens by direction and cache. price: what one token costs in a direction. price book:
all prices with their validity. cost: usage x price. baseline: what the declared comparison model would have
cost. saving: baseline - cost. ledger: the rows of requests and attempts. journal: the local file a row
reaches before its response ends.
"""
