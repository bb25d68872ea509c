"""Past requests decided again, hundreds of thousands a second: `decide` in columns.

    columns  the facts of many requests as arrays, and any one of them back as Facts
    rules    which rule each request meets
    prices   what each endpoint costs each request
    outlook  P(success), output, cost and time of every candidate
    first    who of the candidates comes first
    replay   all of it together; requests too close to call go through `decide` itself

`decide` stays the only definition of a decision: a property test holds these arrays to it.
"""
