"""One organisation's team: how it is written, and names that tell several teams apart. Pure.

Teams of two organisations are two teams, whatever they are called: keys, rows and rights go by both names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Team:
    """A team of one organisation; as text `acme/search`."""

    organisation: str
    name: str

    def __str__(self) -> str:
        return f"{self.organisation}/{self.name}"


def read_team(text: str) -> Team:
    """`acme/search`; the organisation is what stands before the first slash. Raises ValueError, which says
    what to write: a name alone could be any organisation's team."""
    organisation, _, name = text.partition("/")
    if not organisation.strip() or not name.strip():
        example = text.strip().strip("/") or "search"
        raise ValueError(f"{text!r} names no organisation: write ORGANISATION/TEAM, such as acme/{example}")
    return Team(organisation, name)


class NotOneTeam(ValueError):
    """What somebody wrote is no team's name, or several teams'; the message says which there are."""


class TeamNames:
    """Teams, each with a name that no other of them has: `search` where one organisation has a team of that
    name, else `acme/search`."""

    def __init__(self, teams: Iterable[Team]) -> None:
        known = set(teams)
        names = Counter(team.name for team in known)
        texts = Counter(str(team) for team in known)

        def name(team: Team) -> str:
            if names[team.name] == 1 and not texts[team.name]:
                return team.name
            if texts[str(team)] == 1:
                return str(team)
            return f"{team.organisation!r} {team.name!r}"  # an organisation with a slash: keys of old

        self._teams = dict(sorted((name(team), team) for team in known))
        self._names = {team: name for name, team in self._teams.items()}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TeamNames) and self._teams == other._teams

    def __repr__(self) -> str:
        return f"TeamNames({self._teams!r})"

    def __iter__(self) -> Iterator[str]:
        """The names, in alphabetical order."""
        return iter(self._teams)

    def __len__(self) -> int:
        return len(self._teams)

    @property
    def teams(self) -> tuple[Team, ...]:
        """The teams, in the order of their names."""
        return tuple(self._teams.values())

    def team(self, name: str | None) -> Team | None:
        """The team of that name; None: there is none."""
        return None if name is None else self._teams.get(name)

    def chosen(self, text: str) -> Team:
        """The one that `text` means: with its organisation or, where one organisation alone has it, without.
        Raises NotOneTeam: `search` of two organisations is never taken for both."""
        found = [team for team in self.teams if text in (team.name, str(team))]
        if len(found) == 1:
            return found[0]
        named = ", ".join(map(str, found)) if found else ", ".join(self) or "none"
        why = f"several teams are called {text!r}: choose one of" if found else f"no team {text!r}; there are"
        raise NotOneTeam(f"{why} {named}")

    def name(self, team: Team) -> str:
        """What it is called here; one that is not among them, with its organisation."""
        return self._names.get(team, str(team))
