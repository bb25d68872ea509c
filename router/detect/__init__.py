"""Detectors of personal data: what they find in a request raises its data class, never lowers it.

    worker      a killable process: Microsoft Presidio's pattern recognisers, no language model, no network
    detectors   asks it within a time, and takes silence for the strictest class

Runs only for policies that look for something (`detect` in their data classes), and only where a request's
class could still rise. Off the event loop, in processes of its own.
"""
