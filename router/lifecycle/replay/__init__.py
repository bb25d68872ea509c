"""Past requests decided again, hundreds of thousands a second: `decide` in columns.

    columns  the facts of many requests as arrays, and any one of them back as Facts
    collect  requests one by one into columns
    rules    which rule each request meets
    prices   what each endpoint costs each request
    outlook  P(success), output, cost and time of every candidate
    first    who of the candidates comes first
    fixed    what of a decision the numbers of a request have no part in
    chunk, replay  all of it together; requests too close to call go through `decide` itself

`decide` stays the only definition of a decision: a property test holds these arrays to it.
"""
