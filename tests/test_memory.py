"""Conversations are recognised by what was asked before, for a while, and without their text."""

from __future__ import annotations

from datetime import timedelta

from router.domain.caller import Caller
from router.domain.conversation import Conversation, Turn
from router.domain.decision import Candidate
from router.domain.facts import Previous
from router.domain.money import PicoUSD
from router.memory import RecentConversations, names_of
from tests.policy import build

CALLER = Caller("k1", "org", "search", "site")
PRICE = build.prices(m=(1, 10)).rows[("m", None)][0]
SERVED = Candidate(build.BIG, build.BIG.endpoints[0], PRICE, 0.9, 10, PicoUSD(1), None, True)
SYSTEM, FIRST = Turn("system", "be brief"), Turn("user", "What is 2 + 2?")
ANSWER, SECOND = Turn("assistant", "4"), Turn("user", "And 3 + 3?")


def talk(*turns: Turn) -> Conversation:
    return Conversation(turns)


def remembered() -> RecentConversations:
    memory = RecentConversations()
    memory.remember(names_of(CALLER, talk(SYSTEM, FIRST)), build.facts(input_tokens=70), SERVED)
    return memory


def test_the_next_turn_is_recognised_whatever_became_of_the_answer() -> None:
    """Clients send answers back shortened, or without their thinking."""
    later = build.NOW + timedelta(seconds=30)
    expected = Previous("big", "big-1", 30.0, 70)
    for answer in (ANSWER, Turn("assistant", "")):
        assert remembered().recall(names_of(CALLER, talk(SYSTEM, FIRST, answer, SECOND)), later) == expected


def test_the_results_of_tools_belong_to_the_turn_that_called_them() -> None:
    """Also in the second round of a loop, and in the question after it."""
    called, result = Turn("assistant", ""), Turn("tool", "4")
    memory = remembered()
    loops = [(called, result), (called, result, called, result), (called, result, ANSWER, SECOND)]
    for turns in loops:
        assert memory.recall(names_of(CALLER, talk(SYSTEM, FIRST, *turns)), build.NOW) is not None


def test_a_first_turn_and_another_conversation_have_no_past() -> None:
    """Nor has another key's or project's, whatever it says."""
    memory = remembered()
    assert memory.recall(names_of(CALLER, talk(SYSTEM, FIRST)), build.NOW) is None
    assert memory.recall(names_of(CALLER, talk()), build.NOW) is None
    follow_up = talk(SYSTEM, FIRST, ANSWER, SECOND)
    for other in (Caller("k2", "org", "search", "site"), Caller("k1", "org", "search", "shop")):
        assert memory.recall(names_of(other, follow_up), build.NOW) is None
    assert memory.recall(names_of(CALLER, talk(FIRST, ANSWER, SECOND)), build.NOW) is None
    longer = Turn("user", "x" * 5_000), Turn("user", "x" * 5_001)
    memory.remember(names_of(CALLER, talk(longer[0])), build.facts(), SERVED)
    assert memory.recall(names_of(CALLER, talk(longer[1], ANSWER, SECOND)), build.NOW) is None
    assert memory.recall(names_of(CALLER, talk(longer[0], ANSWER, SECOND)), build.NOW) is not None


def test_what_is_old_or_too_much_is_forgotten() -> None:
    """After the time to live, and the oldest first; a clock set back does not make a negative age."""
    follow_up = talk(SYSTEM, FIRST, ANSWER, SECOND)
    memory = remembered()
    assert memory.recall(names_of(CALLER, follow_up), build.NOW + timedelta(hours=2)) is None
    found = memory.recall(names_of(CALLER, follow_up), build.NOW - timedelta(hours=1))
    assert found is not None and found.age_s == 0.0
    small = RecentConversations(most=2)
    for number in range(5):
        small.remember(names_of(CALLER, talk(Turn("user", str(number)))), build.facts(), SERVED)
    assert len(small) == 2
    assert small.recall(names_of(CALLER, talk(Turn("user", "4"), ANSWER, SECOND)), build.NOW) is not None
    assert small.recall(names_of(CALLER, talk(Turn("user", "2"), ANSWER, SECOND)), build.NOW) is None


def test_no_text_is_kept() -> None:
    """Nothing that was said can be found in what is remembered."""
    assert "2 + 2" not in repr(vars(remembered()))


def test_odd_text_does_not_stop_it() -> None:
    """Lone surrogates, as JSON may hold them, are text too."""
    odd = Turn("user", "\ud800")
    memory = RecentConversations()
    memory.remember(names_of(CALLER, talk(odd)), build.facts(), SERVED)
    assert memory.recall(names_of(CALLER, talk(odd, ANSWER, SECOND)), build.NOW) is not None


def test_all_turns_of_a_conversation_have_one_unit() -> None:
    """Of what was said before the first answer; another key's conversation is another one."""
    opening = names_of(CALLER, talk(SYSTEM, FIRST))
    later = names_of(CALLER, talk(SYSTEM, FIRST, ANSWER, SECOND, ANSWER, FIRST))
    assert opening.unit == later.unit == int.from_bytes(opening.now[:8], "big")
    assert opening.before is None
    assert later.before == names_of(CALLER, talk(SYSTEM, FIRST, ANSWER, SECOND)).now
    assert names_of(Caller("k2", "org", "search", "site"), talk(SYSTEM, FIRST)).unit != opening.unit
