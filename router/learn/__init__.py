"""Offline: fitting the query model, measuring routers on recorded outcomes, learning from the ledger.

    data        a folder of outcome files -> questions
    space       texts -> the feature matrix a model is fitted on
    logistic    the one fitting routine
    panel       outcomes of many models -> the reference panel's two halves
    query_fit   questions -> a query model: panel chances, answer length, heads of known models
    metrics     APGR, CPT, AIQ, calibration error, AUC
    evaluate    cross-validated measurement of routing between two models
    tiers       the same for several models with prices: the cost-quality curve
    report      tables, plots and JSON of what was measured

Nothing here runs while a request is served. Needs the `train` extra (scipy, matplotlib).
"""
