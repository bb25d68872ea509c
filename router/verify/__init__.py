"""Outcome checks of answers. Must not call anything, spend anything or change an answer."""
