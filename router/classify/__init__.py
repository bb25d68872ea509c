"""What kind of work a request is, how hard, in which language, how sensitive and how long.

The pipeline calls `Classifier.classify` once per request; `HeuristicClassifier` is the readable one.
Nothing here reads a clock, a file, the network or the policy: a conversation goes in, `Signals` come out.
"""
