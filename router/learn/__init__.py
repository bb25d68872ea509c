"""Offline: fitting the query model, measuring routers on recorded outcomes, learning from the ledger.

    data        a folder of outcome files -> questions
    space       texts -> the feature matrix a model is fitted on
    linear      the one fitting routine
    panel       outcomes of many models -> the reference panel's two halves
    query_fit   questions -> a query model: panel chances, answer length, heads of known models
    choose      which questions to have answered when only some can be
    task_votes  the heuristic's task votes on recorded questions, and how far they can be trusted
    train_model all outcomes -> the query model that is shipped
    metrics     APGR, CPT, AIQ, calibration error, AUC
    evaluate    cross-validated measurement of routing between two models
    tiers       the same for several models with prices: the cost-quality curve
    report      tables, plots and JSON of what was measured

    ledger_evidence   checked answers out of the ledger, with how hard their requests were
    refit             those answers -> evidence of each model's ability on each task
    held_back         new abilities, those in force and two baselines on requests nothing was fitted on
    refit_run, refit_card, refit_text   one run of `tiergate learn`, its card, what it says
    versions          what was learned, and the pointer to the version in force
    ledger_export     verdicts with stored prompts -> outcomes that `data` reads

Nothing here runs while a request is served. The first part needs the `train` extra (scipy, matplotlib), the
second does not.
"""
