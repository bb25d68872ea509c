"""Simulated upstreams and the demo: what lets a machine without key or GPU run the whole gateway.

Nothing here is used when real upstreams are configured, and nothing here may be mistaken for them: every
reply of the simulated servers says that it is simulated. The gateway's own modules never import this
package; it knows them only over HTTP and, in the demo, over the ledger database and the command line.

    profiles  how each simulated tier behaves in time, size and format      tokens   the token counter
    wire      bytes -> ChatCall, and errors in the tier's own shape         schema   JSON Schema -> instance
    prompts   the demo's prompts                                            checks   is a reply right
    answers   which answer a simulated tier gives                           compose  the whole reply
    render    reply -> JSON body or stream events                           faults   what goes wrong, and when
    record    what was seen                                                 server   the ASGI application
    testing   `running_sandbox`, for tests                                  demo     `tiergate demo`
"""
