"""What runs on the far side of the wall: it builds the wall, then runs the code under test behind it.

Started as a program of its own (`start.py`) by a bare interpreter that sees the standard library only, so
nothing here may import the rest of `router`, or a package. Nothing here knows an expected value of a
function case or a program's wanted output: those are compared by the gateway, outside.
"""
