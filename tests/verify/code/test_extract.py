"""Which code of a reply is tested."""

from __future__ import annotations

import pytest

from router.verify.code.extract import MAX_SOURCE, code_in

F, G = "def f(x):\n    return 1\n", "def g(x):\n    return 2\n"


@pytest.mark.parametrize(
    ("reply", "needed", "code"),
    [
        (F, {"f"}, F),
        (f"Sure:\n```python\n{F}```\nDone.", {"f"}, F),
        (f"```py\n{F}```\n```python\n{G}```", {"f"}, F),
        (f"```python\n{F}```\nBetter:\n```python\n{F}# better\n```", {"f"}, f"{F}# better\n"),
        (f"```python\n{F}```\nUse it:\n```python\nprint(f(1))\n```", {"f"}, F),
        (f"```python\n{F}```\n```\nnot python at all\n```", set(), F),
        (f"```bash\npip install x\n```\n~~~python\n{F}~~~", {"f"}, F),
        (f"```python\n{F}", {"f"}, F),
        (f"```\n{F}```\n```\n{G}```", {"f", "g"}, f"{F}\n{G}"),
        (f"```python\n{G}```", {"f"}, G),
        (
            "```python\nclass Solution:\n    def f(self): pass\n```",
            {"f"},
            "class Solution:\n    def f(self): pass\n",
        ),
        ("```python\nf = lambda x: 1\n```", {"f"}, "f = lambda x: 1\n"),
        ("```python\nf = 1```\nDone.", {"f"}, "f = 1"),
        ('```python\nf = """\nx ``` y"""\n```\nDone.', {"f"}, 'f = """\nx ``` y"""\n'),
        ("I cannot.", {"f"}, None),
        ("", set(), None),
        ("```python\ndef f(:\n```", {"f"}, None),
        ("(" * 5000, set(), None),
        ("x" * (MAX_SOURCE + 1), set(), None),
        ("x = 1\0", set(), None),
    ],
)
def test_the_last_block_that_defines_what_is_needed(reply: str, needed: set[str], code: str | None) -> None:
    """Or all blocks together, or the whole reply; None when nothing parses."""
    assert code_in(reply, needed) == code
