"""`python -m router.sandbox`: the same as `tiergate sandbox`."""

from router.sandbox.command import sandbox

if __name__ == "__main__":
    sandbox()
