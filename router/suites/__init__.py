"""`tiergate bench-models`: a benchmark through the gateway, verified, as a scorecard beside published scores.

    item          one question, its task, what it declares of a right answer
    shapes        a line of a suite's file -> item: our own form and those the benchmarks are published in
    livecode      tests of LiveCodeBench: public examples in the prompt, hub files, files beside the suite
    functions     BFCL: functions offered and the calls that are right
    known         the suites by name, what they publish as, where a hub keeps them
    load          a name or a file -> suite
    hub           a suite's files from the model hub
    ask           one question to the gateway
    grade         the answer checked by the gateway's own verifiers
    results       the file of results that a broken-off run goes on from
    scorecard     figures per model
    measure       many questions at once, paced
    landed        how much of it is in the ledger as evidence
    own_evidence  what the ledger knows of the models from all their requests
    plot          accuracy over cost
    run, command  the run and the command line

Requests go through the gateway as an app's do: they are on the ledger with their verdicts, so what was
measured is evidence for `tiergate learn` too. Nothing here runs while an app's request is served.
"""
