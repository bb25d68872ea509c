"""`tiergate calibrate`: how often is a model right? Stored prompts, a live endpoint, checked answers.

    prompts   a file of prompts with checks (default: the project's own), a sample over their tasks
    prompt_line   the form of a line
    target    what is measured: an endpoint of the catalog, or a URL; who may be sent what
    ask       one prompt to the endpoint: retries, timeouts, what counts as an answer
    measure   many of them at once, each result appended to a file as it arrives
    results   that file
    report    figures by task, as a table and as a patch of the catalog
    edit      the patch put into a catalog's text, comments kept
    write     the same on disk, only if the folder is still good
    command   the command line

Nothing here runs while a request is served; it calls an endpoint directly, past the gateway and its ledger.
"""
