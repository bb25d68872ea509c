"""Bytes <-> domain: the OpenAI wire, keys, and the ASGI exchange. Must not decide, dispatch or record."""
