"""A task's list of files: what it creates, modifies, renames, deletes and tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from harness.contract.model import FilePattern, Rename
from harness.plan.markdown import Block, plain, spans
from harness.plan.words import Found, Known, clean_path, files_in

__all__ = ["begins_files", "entries_of", "files_of"]

_LABEL = re.compile(
    r"^(?:files?|files? (?:to )?(?:touch|change|modify|create)\w*|affected files|touches)\s*:\s*(.*)$", re.IGNORECASE
)
_VERBS = (
    ("rename", r"rename[ds]?|move[ds]?"),
    ("create", r"create[ds]?|add(?:ed|s)?|new"),
    ("delete", r"delete[ds]?|remove[ds]?|drop"),
    ("edit", r"modif(?:y|ied|ies)|edit(?:ed|s)?|update[ds]?|change[ds]?|touch(?:ed|es)?|extend"),
    ("test", r"tests?"),
)
_ARROW = re.compile(r"\s*(?:→|->|=>|⟶|\bto\b)\s*")
_FOLDER = re.compile(r"(?<![\w/])((?:[\w.-]+/)+)(?![\w*])")
_ANY = re.compile(r"\bany(?:thing)?\b|\ball files\b|\beverything\b", re.IGNORECASE)


def begins_files(block: Block) -> str | None:
    """What stands after `Files:` in the block that begins the list; None where it is no such block."""
    if block.kind == "table" and {"file", "files", "path"} & {cell.strip().lower() for cell in block.text.split("|")}:
        return ""
    found = _LABEL.match(plain(block.text).strip()) if block.kind in ("text", "heading", "item") else None
    if found is None and block.kind == "heading" and plain(block.text).strip().lower() in ("files", "files to change"):
        return ""
    return found[1] if found else None


def entries_of(block: Block) -> list[Block]:
    """The entries of a list that is written in one line, or in the cells of a table's row."""
    if block.kind == "table":
        cells = [cell.strip() for cell in block.text.strip().strip("|").split("|")]
        named = [cell for cell in cells if files_in(cell)]
        verb = next((cell for cell in cells if _verb(f"{plain(cell)}: x")[0]), "")
        # The file is named first in what people may add in words.
        return [replace(block, text=f"{verb}: {named[0]}" if verb else named[0])] if named else []
    masked = re.sub(r"`[^`]*`|\([^()]*\)", lambda found: "x" * len(found[0]), block.text)
    entries, verb, start = [], "", 0
    for end in [*(found.start() for found in re.finditer(r"[,;]|\band\b", masked)), len(masked)]:
        text = re.sub(r"^(?:[,;\s]|and\b)+", "", block.text[start:end]).strip()
        start = end
        own = re.match(r"\W*(\w+)\b\W", plain(text) + " ")
        is_verb = own is not None and _verb(f"{own[1]}: x")[0]
        verb = own[1] if own is not None and is_verb else verb
        if files_in(text):
            entries.append(replace(block, text=text if is_verb or not verb else f"{verb}: {text}"))
    return entries


def files_of(block: Block, known: Known) -> list[Found]:
    """What one line of the list says."""
    text = plain(block.text).strip()
    verb, rest = _verb(text)
    named, _, _ = rest.partition(" (")
    verb = verb or _verb_after(text)
    found = list(_of_verb(verb, named if files_in(named) else rest, known, known.origin(block.line)))
    paths = [path for one in found for path in _paths(one)]
    known.learn(paths)
    known.files += [path for path in paths if "*" not in path]
    made = [one.rule.path for one in found if one.key == "create" and isinstance(one.rule, FilePattern)]
    if verb == "test":
        known.tests += made
    else:
        known.created += made
    return found


def _verb(text: str) -> tuple[str, str]:
    for kind, words in _VERBS:
        if found := re.match(rf"^(?:{words})\b(?:\s+files?)?\s*:?\s+(.*)$", text, re.IGNORECASE):
            return kind, found[1]
    return "", text


def _verb_after(text: str) -> str:
    """The verb in brackets after the file: `src/a.rs` (new)."""
    note = re.search(r"(?:\(|—|–|\s-\s)\s*(\w+)", re.sub(r"`[^`]*`", "", text))
    if note is None:
        return "edit" if files_in(text) else ""
    return next((kind for kind, words in _VERBS if re.fullmatch(words, note[1], re.IGNORECASE)), "edit")


def _of_verb(verb: str, text: str, known: Known, origin: str) -> Iterator[Found]:
    files = files_in(text)
    if verb in ("rename", "edit") and len(files) == 2 and _ARROW.search(re.sub(r"[`]", " ", text)):
        yield Found(part="may", key="rename", rule=Rename(old=files[0], new=files[1], origin=origin))
        yield Found(part="must", key="absent", rule=FilePattern(path=files[0], origin=origin))
        yield Found(part="must", key="present", rule=FilePattern(path=files[1], origin=origin))
        return
    if not files:
        yield from _folders(text, origin)
        return
    for path in files:
        rule = FilePattern(path=path, origin=origin)
        if verb == "create":
            yield Found(part="may", key="create", rule=rule)
            yield Found(part="must", key="present", rule=rule)
        elif verb == "delete":
            yield Found(part="may", key="delete", rule=rule)
            yield Found(part="must", key="absent", rule=rule)
        elif verb == "test":
            yield Found(part="may", key="edit", rule=rule)
            yield Found(part="may", key="create", rule=rule)
        elif verb == "edit":
            yield Found(part="may", key="edit", rule=rule)


def _folders(text: str, origin: str) -> Iterator[Found]:
    """Any file of a folder, or those of a pattern in backticks."""
    named = [clean_path(one) for one in spans(text) if "/" in one or "*" in one] or _FOLDER.findall(text)
    for one in named:
        pattern = one if "*" in one else f"{one.rstrip('/')}/**"
        if _ANY.search(text) or "*" in one or one.endswith("/"):
            yield Found(part="may", key="edit", rule=FilePattern(path=pattern, origin=origin))


def _paths(one: Found) -> list[str]:
    return [getattr(one.rule, name) for name in ("path", "old", "new") if hasattr(one.rule, name)]
