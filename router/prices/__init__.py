"""The price book held against an open price source: what moved, what is missing, a patch to review.

Commands only: the gateway reads `policies/prices.yaml` and nothing else. Must not use the network.
"""
