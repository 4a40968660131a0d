"""Where a program takes a configuration: commands of harness.toml with `{config}` in them, and what help texts say."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.cases.base import Ground
from harness.cases.configured import Template
from harness.cases.help_discovery import Page, base_argv, discover, homes_of
from harness.cases.samples import on_samples
from harness.cases.types.examples import Example, fit, told
from harness.cases.types.model import Ref, Schema
from harness.cases.values import files_named
from harness.model import Case

__all__ = ["Target", "find_type", "likely_types", "same_type", "targets_of"]

_FILE_WORDS = re.compile(
    r"files?|paths?|config(?:uration)?|conf|cfg|settings?|spec|manifest|rules?|ya?ml|toml|json|input|source|project|workflow"
)
_READERS = {
    "yaml": ("serde_yaml", "serde_yml", "serde_norway", "serde_yaml_ng", "serde-yaml", "serde_saphyr"),
    "toml": ("toml", "toml_edit", "basic-toml", "toml_const"),
    "json": ("serde_json", "json5", "serde-json", "simd-json"),
}
_MOST_TYPES = 3
_SHARE_OF_MORE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A command line with `{config}` in it, and the types and formats that the file may be of, likeliest first.

    `cases` says how many documents it gets, `whole` that example files as they are may be among these.
    """

    blank: Case
    types: tuple[str, ...]
    forms: tuple[str, ...]
    cases: int
    whole: bool = True


def targets_of(ground: Ground, schema: Schema, examples: Sequence[Example], cases: int) -> Iterator[Target]:
    """All of them, those of harness.toml first.

    Raises:
        ConfigError: harness.toml names a type that is not there, or asks for one where no types are known.
    """
    covered: list[tuple[str, tuple[str, ...]]] = []
    for command in ground.config.command:
        template = Template(command, ground)
        if template.takes_config and "python" not in command.config:
            target = _of_command(template, schema, examples, cases)
            if target is not None:
                covered.append((target.blank.program, _words(target.blank)))
                yield target
    if not ground.contained:
        return
    types = likely_types(schema, examples)
    if not types:
        return
    forms = _forms(ground, schema, types, examples)
    around = _fixtures(ground)
    tried: set[tuple[str, str]] = set()
    pages = discover(ground)
    homes = homes_of(pages)
    samples = on_samples(ground)
    for page in pages:
        if not page.endless and not any(_covers(page, *one) for one in covered):
            for what, blank in _places(page, types, samples.get((page.program, page.path))):
                # A flag of all commands is the same one everywhere; one of several is mostly read in the same way.
                if not what.startswith("-") or page.path in homes[page.program, what]:
                    again = what.startswith("-") and (page.program, what) in tried
                    tried.add((page.program, what))
                    many = -(-cases // _SHARE_OF_MORE) if again else cases
                    yield Target(blank=_among(blank, around), types=types, forms=forms, cases=many)


def _fixtures(ground: Ground) -> list[Case]:
    """The commands of harness.toml, whose files, variables and services are there in every case."""
    blanks = (Template(command, ground).blank() for command in ground.config.command)
    return [blank for blank in blanks if blank.files or blank.env or blank.services]


def _among(blank: Case, around: Sequence[Case]) -> Case:
    for one in around:
        if one.program == blank.program and not any("{config}" in value for value in one.env.values()):
            services = blank.services + tuple(other for other in one.services if other not in blank.services)
            files, env = {**one.files, **blank.files}, {**one.env, **blank.env}
            blank = replace(blank, files=files, env=env, services=services)
    return blank


def find_type(schema: Schema, wanted: str) -> str:
    """The own name of the type that a person means by a path.

    Raises:
        LookupError: there is none, with the nearest names as arguments.
    """
    if wanted in schema.types:
        return wanted
    if wanted in schema.names:
        return schema.names[wanted]
    crate, last = wanted.rpartition("::")[0].partition("::")[0], wanted.rpartition("::")[2]
    plain = [name for name in schema.types if "<" not in name]
    same = [name for name in plain if name.rpartition("::")[2] == last]
    own = [name for name in same if name.partition("::")[0] in (crate, f"{crate} (program)")]
    if len(own) == 1 or (not own and len(same) == 1 and not crate):
        return (own or same)[0]
    if same:
        raise LookupError(*same[:3])
    by_last = {name.rpartition("::")[2]: name for name in plain}
    raise LookupError(*(by_last[one] for one in difflib.get_close_matches(last, by_last, n=3, cutoff=0.5)))


def same_type(schema: Schema, name: str) -> str:
    """A type of another revision under the same name, wherever it lies there; empty where it is gone."""
    crate, last = name.partition("::")[0], name.rpartition("::")[2]
    try:
        return find_type(schema, name if name in schema.types else f"{crate}::{last}")
    except LookupError:
        return ""


# -- commands of harness.toml -----------------------------------------------------------------------------


def _of_command(template: Template, schema: Schema, examples: Sequence[Example], cases: int) -> Target | None:
    config = template.command.config
    wanted = str(config.get("type", ""))
    if wanted:
        types: tuple[str, ...] = (_named_type(template, schema, wanted),)
    else:
        types = likely_types(schema, examples)
    if not types:
        if config.get("examples"):
            return None
        raise template.error(
            f"has {{config}} in it, but no examples, and {_why_none(schema)}",
            'Add `config = { examples = ["GLOB"] }` to it.',
        )
    form = str(config.get("format", ""))
    if form and form not in _READERS:
        raise template.error(f"asks for the format `{form}`", f"Known are: {', '.join(_READERS)}.")
    forms = (form,) if form else _forms(template.ground, schema, types, examples)
    return Target(
        blank=template.blank(),
        types=types,
        forms=forms,
        cases=template.command.cases or cases,
        whole=not config.get("examples"),
    )


def _named_type(template: Template, schema: Schema, wanted: str) -> str:
    try:
        return find_type(schema, wanted)
    except LookupError as error:
        near = ", ".join(map(str, error.args))
        raise template.error(
            f"names the type {wanted}, which {'is not among those' if schema.types else 'cannot be found:'} "
            + (f"that implement Deserialize; near it: {near}" if near else _why_none(schema)),
            "Correct it, or leave it out: types are then looked for.",
        ) from error


def _why_none(schema: Schema) -> str:
    if schema.troubles:
        return f"no types could be read: {' '.join(schema.troubles)}"
    return (
        "no type of the workspace was found that could be read from a file"
        if schema.types
        else ("no type of the workspace implements Deserialize")
    )


# -- what is likely ---------------------------------------------------------------------------------------


def likely_types(schema: Schema, examples: Sequence[Example]) -> tuple[str, ...]:
    """The types that a file is likely to be of: those with examples, then those that a function reads from a file.

    Of types that fit the same examples, the one that says more of them comes first.
    """
    support = {root.name: sum(one.weight * _told(schema, root.name, one) for one in examples) for root in schema.roots}
    roots = [one for one in schema.roots if support[one.name] or one.paths or (one.top and one.texts)]
    words = re.compile(r"config|settings|options|manifest|spec|project|pipeline|workflow", re.IGNORECASE)
    ranked = sorted(
        roots or [one for one in schema.roots if one.top and words.search(one.name)],
        key=lambda one: (-support[one.name], not one.paths, not one.top, not words.search(one.name), one.name),
    )
    return tuple(one.name for one in ranked[:_MOST_TYPES])


def _told(schema: Schema, name: str, example: Example) -> float:
    """How much a type says of an example; nothing of one that it does not fit."""
    of, tree = Ref(name=name), example.tree
    fits = isinstance(tree, dict) and bool(tree) and fit(schema, of, tree) > 0.95
    return told(schema, of, tree) if fits else 0.0


def _forms(ground: Ground, schema: Schema, types: Sequence[str], examples: Sequence[Example]) -> tuple[str, ...]:
    """The formats of fitting example files, then those for which the workspace has a reader."""
    used = [one.form for name in types for one in examples if not one.path.endswith(".rs") and _told(schema, name, one)]
    needs = {need for several in ground.build.workspace.dependencies.values() for need in several}
    readable = [form for form, readers in _READERS.items() if needs & set(readers)]
    common = sorted(set(used), key=lambda form: -used.count(form))
    return tuple(dict.fromkeys([*common, *readable]))[:2] or ("toml",)


# -- help texts -------------------------------------------------------------------------------------------


def _places(page: Page, types: Sequence[str], sample: Case | None) -> Iterator[tuple[str, Case]]:
    """The page's command with `{config}` for each positional and flag that may take a file.

    Flags stand behind a sample of what the command is for, where one is known: many a configuration is read only then.
    """
    said = page.read()
    words = base_argv(page)
    start = len(page.path)
    names = {word.lower() for one in types for word in re.findall(r"[A-Z][a-z]+", one.rpartition("::")[2])}
    required = [one for one in said.positionals if one.required]
    for number, one in enumerate(required):
        if not one.possible and _may_be_file(one.name, names):
            argv = [*words]
            argv[start + number] = "{config}"
            yield one.name, _blank(page, tuple(argv), one.name)
    for flag in said.flags:
        if flag.value and not flag.possible and _may_be_file(f"{flag.value} {flag.long}", names):
            word = ("{config}",) if not flag.inline else ()
            given = (flag.name, *word) if word else (f"{flag.name}={{config}}",)
            if sample is None or flag.name in sample.argv:
                yield flag.name, _blank(page, (*base_argv(page, flag.name), *given), flag.name)
            else:
                blank = _blank(page, (*sample.argv, *given), flag.name)
                yield flag.name, replace(blank, files={**blank.files, **sample.files})
    for positional in said.positionals:
        if not positional.required and not required and _may_be_file(positional.name, names):
            yield positional.name, _blank(page, (*words, "{config}"), positional.name)


def _may_be_file(text: str, names: set[str]) -> bool:
    words = [word for word in re.split(r"[^a-z0-9]+", text.lower()) if word]
    return any(_FILE_WORDS.fullmatch(word) or word in names for word in words)


def _blank(page: Page, argv: tuple[str, ...], what: str) -> Case:
    label = " ".join((page.program, *page.path))
    return Case(program=page.program, argv=argv, files=files_named(argv), origin=f"types: {label} {what}")


def _words(blank: Case) -> tuple[str, ...]:
    return tuple(word for word in blank.argv if not word.startswith("-") and "{config}" not in word)


def _covers(page: Page, program: str, words: tuple[str, ...]) -> bool:
    """Whether harness.toml names the page's command already."""
    return page.program == program and words[: len(page.path)] == page.path
