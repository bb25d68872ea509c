"""Judging answers by a model: what it is asked, how its replies are read and booked, and how well it judges.

    judging     answers that went out -> judgements, off the request path
    case        a ticket -> what a judge needs of it
    buyer, book one call: admitted, paid from its budget, sent by the dispatcher, booked as overhead
    question    a request and its answers -> the messages of a judge, blind
    reply       the judge's text -> a preference or a grade

Opinions never become verdicts, and what they cost is in no request's price.
"""
