"""Calling upstreams: the attempt loop and the adapters. Must not decide who may be called."""
