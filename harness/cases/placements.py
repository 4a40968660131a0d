"""Where a literal may be put: into documents, command lines and variables. Pure, given what there is to put it into."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from harness.cases.documents import Path, nodes, replaced, shape, write
from harness.cases.help_discovery import Page, base_argv, places_of
from harness.cases.known_good import Base
from harness.cases.literals import Kind, Literal, spellings
from harness.cases.values import FILES, files_named, names_outside, values_for
from harness.model import Case

__all__ = ["Place", "Scene", "Script", "amounts", "placements", "positional_places", "together"]

_ECHOES = 2
_LONGEST = 5000  # characters of a text that is as long as a number says
_MOST_ITEMS = 64
_DIGITS = re.compile(r"[0-9]+")
_LARGEST = 2**64 - 1
_TAKES_APART = {
    "{0}{1}": {"strip_prefix", "starts_with", "trim_start_matches"},
    "{1}{0}": {"strip_suffix", "ends_with", "trim_end_matches"},
    "{1}{0}{1}": {"split_once", "rsplit_once", "split", "splitn", "rsplit"},
}
"""How a value is made of a literal and something else, by the functions of `str` that take it apart."""

_AMOUNT = re.compile(r"([0-9]+)(?:\.[0-9]+)?(\s*[A-Za-z%]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A document that a program takes: its base, data, and the places whose values come back."""

    base: Base
    form: str
    data: Any
    echoes: tuple[Path, ...] = ()

    def case(self, value: Any, what: str) -> Case:
        """The base's command line with other data in the document."""
        files = {**self.base.case.files, self.base.document: write(self.form, value)}
        return replace(self.base.case, files=files, origin=what)

    def echoing(self) -> list[Path]:
        """The places to put words into that should come back; any texts where none do."""
        texts = [path for path, value in nodes(self.data) if isinstance(value, str)]
        return [*(self.echoes or texts)][:_ECHOES]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A command line with one word that may be another: `index` is its place among the words."""

    case: Case
    index: int

    def filled(self, word: str, what: str) -> Case:
        """The command line with this word in the place."""
        argv = (*self.case.argv[: self.index], word, *self.case.argv[self.index + 1 :])
        return replace(self.case, argv=argv, origin=what)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What literals can be put into: documents, places of command lines, and whole ones that take variables."""

    scripts: tuple[Script, ...] = ()
    places: tuple[Place, ...] = ()
    bases: tuple[Case, ...] = ()


def positional_places(page: Page) -> Iterator[Place]:
    """The positionals of a command, each that may be left out behind plausible words for those before it."""
    argv = base_argv(page)
    case = Case(program=page.program, argv=argv, files=files_named(argv))
    yield from (Place(case=case, index=index) for index in places_of(page))
    for one in page.read().positionals:
        if not one.required:
            argv = (*argv, values_for(one.name, possible=one.possible, default=one.default).good[0])
            yield Place(case=replace(case, argv=argv, files=files_named(argv)), index=len(argv) - 1)


def _in_documents(scene: Scene) -> Iterator[tuple[Script, Path, Any]]:
    """Every place of the first document, and those of documents made of types that no one before has."""
    known: set[tuple[str, ...]] = set()
    for number, script in enumerate(scene.scripts):
        if number and not script.base.made:
            continue
        every = list(nodes(script.data))
        yield from ((script, path, value) for path, value in every if shape(path) not in known)
        known.update(shape(path) for path, _ in every)


def placements(one: Literal, scene: Scene) -> Iterator[Case]:
    """The cases of one literal, the most promising first."""
    for case in _of_kind(one, scene):
        yield replace(case, origin=f"the commit: {one.text!r} {case.origin}")


def together(some: Sequence[Literal], scene: Scene) -> Iterator[Case]:
    """Two references at once that nothing stands for: all of them are named, or the first alone."""
    names = [one.text for one in some if one.kind in (Kind.NAME, Kind.VARIABLE)]
    for script in scene.scripts[:1]:
        for first, second in zip(names, [*names[1:], "HARNESS_UNSET"], strict=False):
            path = next(iter(script.echoing()), None)
            if path is not None:
                text = f"${{{second}}} ${{{first}}} ${{{second}}}"
                yield script.case(replaced(script.data, path, text), f"the commit: {text}")


def amounts(words: AbstractSet[str], scene: Scene) -> Iterator[Case]:
    """Less and more of what the commit's lines name: a limit shows only where it is reached."""
    for script, path, value in _in_documents(scene):
        if _is_named(path, words):
            for amount in _other_amounts(value):
                what = f"the commit: {amount} at {'.'.join(map(str, path))}"
                yield script.case(replaced(script.data, path, amount), what)


def _other_amounts(value: Any) -> Iterator[Any]:
    """As little as there can be, none, twice as much and very much; of a text with a unit, with and without it."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield from (one for one in (1, 0, value * 2, value * 1000) if one != value)
    elif isinstance(value, str) and (found := _AMOUNT.fullmatch(value)):
        number, unit = int(found[1]), found[2]
        made = (f"1{unit}", "1", f"0{unit}", f"{number * 2}{unit}", f"{number * 1000}{unit}")
        yield from dict.fromkeys(one for one in made if one != value)


def _of_kind(one: Literal, scene: Scene) -> Iterator[Case]:
    if one.kind is Kind.NUMBER:
        yield from _numbers(one, scene)
    elif one.kind is Kind.FLAG:
        for case in scene.bases:
            for words in ((one.text,), (f"{one.text}=value",), (one.text, "value")):
                yield replace(case, argv=(*case.argv, *words), origin="as a flag")
    else:
        yield from _references(one, scene)
        if one.kind is Kind.VARIABLE:
            yield from _variables(one.text, scene)
        if one.kind in (Kind.NAME, Kind.VARIABLE):
            yield from _keys(one.text, scene)
        yield from _values(one, scene)
        for text in (one.text, *_composed(one)):
            for place in () if names_outside(text) else scene.places:
                yield place.filled(text, "as an argument")


def _composed(one: Literal) -> Iterator[str]:
    """Values that the literal is a part of, where the code beside it takes values apart there.

    The most that a number can be is in them: what reads the other part often expects one, and less of it.
    """
    for around, names in _TAKES_APART.items():
        if not names.isdisjoint(one.beside):
            yield from (around.format(one.text, part) for part in (_LARGEST, "1", "value"))


def _references(one: Literal, scene: Scene) -> Iterator[Case]:
    """Placeholders in fields that come back in messages: what is unknown is named there, and so is how it is read."""
    for number, script in enumerate(scene.scripts):
        for path in script.echoing()[: _ECHOES - number]:
            for text, env in _placeholders(one):
                case = script.case(replaced(script.data, path, text), f"as {text}")
                yield replace(case, env={**case.env, **env})


def _placeholders(one: Literal) -> Iterator[tuple[str, dict[str, str]]]:
    text = one.text
    if one.kind is Kind.SCHEME:
        for reference in (f"{text}:path#key", f"{text}://path#key", f"{text}:"):
            yield f"${{{reference}}}", {}
            yield reference, {}
    elif one.kind is Kind.TEXT:
        yield text, {}
        yield f"a{text}b", {}
        yield f"${{{text}}}", {}
    else:
        yield f"${{{text}}}", {}
        yield f"${{{text}}}", {text: "value"}
        yield f"${{{text}:-fallback}}", {text: ""}
        yield f"$${{{text}}} ${text} {{{{{text}}}}} %{text}%", {}
        yield f"${{{text}:path#key}}", {}


def _variables(name: str, scene: Scene) -> Iterator[Case]:
    for value in ("value", "", "1", "folder", "input.txt"):
        files = {path: data for path, data in FILES.items() if path == value or path.startswith(f"{value}/")}
        for case in scene.bases:
            yield replace(
                case, env={**case.env, name: value}, files={**case.files, **files}, origin=f"as a variable: {value!r}"
            )


def _keys(name: str, scene: Scene) -> Iterator[Case]:
    """As a key: instead of the key that is most like it, then besides all others, then instead of each."""
    for script in scene.scripts[:1]:
        mappings: list[tuple[Path, Any]] = [((), script.data), *nodes(script.data)]
        known = [(path, key) for path, entry in mappings if isinstance(entry, dict) for key in entry]
        for spelling in spellings(name):
            likeness = {id(one): difflib.SequenceMatcher(None, str(one[1]), spelling).ratio() for one in known}
            for path, key in sorted(known, key=lambda one: -likeness[id(one)]):
                entry = dict(_at(script.data, path))
                if spelling in entry:
                    continue
                renamed = {spelling if one == key else one: value for one, value in entry.items()}
                yield script.case(replaced(script.data, path, renamed), f"as a key instead of {key}")
            for path, entry in mappings:
                if isinstance(entry, dict) and spelling not in entry:
                    for value in (1, "value", True):
                        yield script.case(replaced(script.data, path, {**entry, spelling: value}), "as a key more")


def _at(data: Any, path: Path) -> Any:
    """The node at a place."""
    for step in path:
        data = data[step]
    return data


def _values(one: Literal, scene: Scene) -> Iterator[Case]:
    names = spellings(one.text) if one.kind is Kind.NAME else (one.text,)
    if one.kind is Kind.SCHEME:
        names = (f"{one.text}:path#key", f"{one.text}://path#key", one.text)
    texts = [(script, path) for script, path, value in _in_documents(scene) if isinstance(value, str)]
    for name in names:
        for script, path in texts:
            yield script.case(replaced(script.data, path, name), f"at {'.'.join(map(str, path))}")


def _numbers(one: Literal, scene: Scene) -> Iterator[Case]:
    """The number and its neighbours, as numbers, first where it was about; then texts that are as long."""
    numbers: list[float] = [float(one.text)] if "." in one.text else [int(one.text) + step for step in (0, -1, 1)]
    for script, path, value in sorted(_in_documents(scene), key=lambda place: not _is_about(one, place[1])):
        for number in numbers:
            yield from _as_number(script, path, value, number)
    for place in scene.places:
        for number in numbers:
            yield place.filled(str(number), "as an argument")
    for number in numbers:
        if isinstance(number, int) and 0 < number <= _LONGEST:
            yield from _as_long_as(number, scene)


def _is_about(one: Literal, path: Path) -> bool:
    """Whether a line with this literal names the key."""
    return _is_named(path, one.beside)


def _is_named(path: Path, words: Iterable[str]) -> bool:
    """Whether the key of a place is one of these words."""
    key = next((step for step in reversed(path) if isinstance(step, str)), "")
    return not {spelling.lower() for spelling in spellings(key)}.isdisjoint(words)


def _as_long_as(number: int, scene: Scene) -> Iterator[Case]:
    text, what = "x" * number, f"as {number} characters"
    for script in scene.scripts[:1]:
        for path in script.echoing():
            yield script.case(replaced(script.data, path, text), what)
    for place in scene.places:
        yield place.filled(text, what)


def _as_number(script: Script, path: Path, value: Any, number: float) -> Iterator[Case]:
    where = ".".join(map(str, path))
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield script.case(replaced(script.data, path, number), f"at {where}")
    elif isinstance(value, str) and _DIGITS.search(value):
        yield script.case(replaced(script.data, path, _DIGITS.sub(str(number), value, count=1)), f"at {where}")
    elif isinstance(value, list) and value and isinstance(number, int) and 0 < number <= _MOST_ITEMS:
        items = [value[index % len(value)] for index in range(number)]
        yield script.case(replaced(script.data, path, items), f"{number} items at {where}")
