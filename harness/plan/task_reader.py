"""Reads one task block by block: what each promises, and what of it no rule of reading applies to."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.compare.rust_items import items_of
from harness.contract.model import Tests
from harness.plan.accounting import uncovered
from harness.plan.code import Piece, pieces_of, pieces_of_diff, promised, role_of
from harness.plan.declared import is_test
from harness.plan.figures import Sentence, is_before
from harness.plan.files import begins_files, entries_of, files_of
from harness.plan.markdown import Block, plain, sentences_of, spans
from harness.plan.moves import Moving, moved_items, moving
from harness.plan.sentences import promises
from harness.plan.shell import (
    Checks,
    TestRun,
    checks_of,
    commands_of,
    file_changes,
    is_shell,
    subjects_in,
    test_run_of,
)
from harness.plan.tasks import Step, Task, steps_of
from harness.plan.words import FILE, Found, Known, Unread, clean_path, files_in

__all__ = ["TaskReader"]

_RUST = ("rust", "rs")
_LABELS = re.compile(
    r"^\W*(?:expected(?: output| result)?|run|commit|verify|steps|files|or|to|with|and|before|after"
    r"|change|done when|acceptance criteria)\W*:?\W*$",
    re.IGNORECASE,
)
_NAMED = re.compile(rf"\s*//+\s*(?:file:\s*)?`?({FILE})`?\s*$", re.MULTILINE | re.IGNORECASE)
_PLAIN_COMMANDS = re.compile(
    r"^(?:git (?:add|commit|status|diff|log|push|mv|rm)|cargo (?:test|build|check|clippy|doc|fmt"
    r"|nextest|run)|cd|wc|ls|mkdir|touch|grep|rg|cat|echo|EOF|\))\b"
)


_RUN_TESTS = re.compile(
    r"\W*(?:the )?(?:full |whole |entire )?(?:re-?)?run (?:all |the |these |those |full )*(?:unit |new )*tests?"
    r"(?: suite| again)*\W*$",
    re.IGNORECASE,
)
_ONLY_COMMANDS = re.compile(r"\W*(?:(?:run|verify|then|and)\W*)*`[^`]+`\W*", re.IGNORECASE)
_BEFORE = "what holds before the task is done is no target"
_NO_RULE = "no rule of reading applies to it"


class TaskReader:
    """Reads a task, once."""

    def __init__(self, task: Task, known: Known) -> None:
        self._task = task
        self._known = known
        self.unread: list[Unread] = []
        self._in_files = False
        self._marker = ""
        self._moving: Moving | None = None
        self._checks = Checks()
        self._around = sum((checks_of(block) for block in task.blocks), Checks())
        self._pending: list[Piece] = []
        self._pending_file = ""
        self._run: TestRun | None = None
        self._counted = ""

    def read(self) -> list[Found]:
        """Everything that the task promises."""
        heading = Block(kind="heading", line=self._task.line, text=self._task.title)
        found: list[Found] = []
        steps = list(steps_of(self._task))
        for block in steps[0].blocks:
            found += self._files(block) or []
        self._in_files = False
        found += promises(
            Sentence(text=heading.text, line=heading.line, around=self._around, file=self._file_of(heading.text, "")),
            self._known,
        )
        for step in steps:
            found += self._step(step)
        return found

    def _files(self, block: Block) -> list[Found] | None:
        """What a block of the list of files says; None for one that is not of it."""
        if (rest := begins_files(block)) is not None:
            # What follows a list in one line is no list of files.
            self._in_files, self._marker = not rest.strip(), ""
            return self._of_files(Block(kind="text", line=block.line, text=rest), self._known) if rest.strip() else []
        if self._continues_files(block):
            return self._of_files(block, self._known)
        self._in_files = False
        return None

    def _continues_files(self, block: Block) -> bool:
        """Whether a block goes on with a list of files: an item of the same kind, or a row."""
        if not self._in_files or block.kind not in ("item", "table"):
            return False
        self._marker = self._marker or block.marker
        return block.marker == self._marker

    def _of_files(self, block: Block, known: Known) -> list[Found]:
        entries = [block] if block.kind == "item" else entries_of(block)
        return [found for entry in entries for found in files_of(entry, known)]

    # -- steps --------------------------------------------------------------------------------------------

    def _step(self, step: Step) -> list[Found]:
        self._checks = sum((checks_of(block) for block in step.blocks), Checks())
        self._run = None
        self._counted = ""
        file = self._file_of(step.title, "")
        title = Block(kind="text", line=step.line, text=step.title)
        known = self._known
        self._run = test_run_of(title)
        self._moving = moving(step.title, step.line, file, known) if step.title else None
        found = self._sentence(step.title, step.line, file) if step.title else []
        context = step.title
        for block, after in zip(step.blocks, (*step.blocks[1:], None), strict=False):
            if block.kind == "code":
                found += self._code(block, context, file, step)
            else:
                leads = after is not None and after.kind == "code" and block.text.rstrip("*_ ").endswith(":")
                found += self._text(block, file, step, leads=leads)
                context = block.text
                file = self._moving.new if self._moving else self._file_of(block.text, file)
        found += self._flush()
        found += self._tests_run(step, found)
        if step.title and not found and not self._only_commits(step) and not _LABELS.match(step.title):
            self.unread.append(Unread(line=step.line, text=step.title, why="no part of this step gave a check"))
        return found

    def _tests_run(self, step: Step, found: Sequence[Found]) -> list[Found]:
        """A step that runs the tests expects them to pass, even where it does not say so."""
        runs = re.search(r"\b(?:run|execute)\b.*\btests?\b|\btest suite\b", step.title, re.IGNORECASE)
        fails = is_before(step.title) or any(is_before(block.text) for block in step.blocks if block.kind != "code")
        run = self._run or TestRun()
        if not runs or fails or run.part or any(one.key == "tests" for one in found):
            return []
        origin = self._known.origin(step.line)
        rule = Tests(at_least=1, package=run.package, target=run.target, name=run.name, origin=origin)
        return [Found(part="must", key="tests", rule=rule)]

    def _only_commits(self, step: Step) -> bool:
        title = Block(kind="text", line=step.line, text=step.title)
        return any(True for block in (title, *step.blocks) for _ in subjects_in(block))

    def _file_of(self, text: str, otherwise: str) -> str:
        """The file that a step or a sentence is about: the first source, or the first document, that it names."""
        named = [self._known.file(name) for name in files_in(text)]
        sources = [name for name in named if name.endswith(".rs")]
        return next(iter([*sources, *named]), "") or otherwise or self._sole()

    def _sole(self) -> str:
        files = list(dict.fromkeys(self._known.files))
        return self._known.only_source() or (files[0] if len(files) == 1 else "")

    # -- text ---------------------------------------------------------------------------------------------

    def _text(self, block: Block, file: str, step: Step, *, leads: bool) -> list[Found]:
        begins = begins_files(block)
        if begins is not None:
            self._in_files, self._marker = not begins.strip(), ""
            return []
        if not step.title and self._continues_files(block):
            # What it says was read before; here only whether it says anything.
            if not self._of_files(block, Known(plan=self._known.plan)) and not _is_rule(block.text):
                self._leave(block, "names no file that could be found")
            return []
        self._in_files = False
        if block.kind != "item":
            self._moving = moving(block.text, block.line, file, self._known) or (
                None if block.kind == "text" and self._moving is None else self._moving
            )
        if self._moving and block.kind == "item":
            found = moved_items(block.text, block.line, self._moving, self._known)
            if found:
                return found
        parts = sentences_of(block)
        found = []
        for number, (part, line) in enumerate(parts, 1):
            file = self._file_of(part, file)
            read = self._sentence(part, line, file)
            found += read
            if not read and not (leads and number == len(parts)) and not self._is_form(part, block):
                self.unread.append(Unread(line=line, text=part, why=_BEFORE if is_before(part) else _NO_RULE))
        return found

    def _sentence(self, part: str, line: int, file: str) -> list[Found]:
        found: list[Found] = []
        if move := moving(part, line, file, self._known):
            found += moved_items(part, line, move, self._known)
        for command in spans(part):
            found += file_changes(command, line, self._known)
        own = Block(kind="text", line=line, text=part)
        self._run = test_run_of(own) or self._run
        told = Sentence(
            text=part,
            line=line,
            file=self._file_of(part, file),
            checks=self._checks,
            around=self._around,
            run=self._run,
            counted=self._counted,
        )
        return found + promises(told, self._known)

    def _is_form(self, part: str, block: Block) -> bool:
        """Whether a sentence only leads to what follows, or names the commit."""
        text = plain(part).strip()
        if _LABELS.match(text) or any(subjects_in(block)) or _is_rule(text) or _RUN_TESTS.match(text):
            return True
        commands = spans(text) if _ONLY_COMMANDS.fullmatch(text) else []
        if commands and all(_PLAIN_COMMANDS.match(one.removeprefix("$ ")) for one in commands):
            return True
        return text.endswith(":") and (self._moving is not None or bool(role_of(text)))

    # -- code ---------------------------------------------------------------------------------------------

    def _code(self, block: Block, context: str, file: str, step: Step) -> list[Found]:
        if is_shell(block):
            return self._shell(block)
        if block.language in ("diff", "patch"):
            return self._diff(block, self._file_of(context, file) if context else file)
        if block.language not in (*_RUST, ""):
            self._leave(block, f"a block of {block.language}")
            return []
        named = _NAMED.match(block.text)
        role = role_of(plain(context)) or role_of(plain(step.title)) or ("new" if self._pending or named else "")
        pieces = pieces_of(block.text, block.first_code_line, role)
        about = self._known.file(named[1]) if named else self._file_of(context, file) if context else file
        about = about or self._likely_file(block.text, step)
        if not any(one.role for one in pieces):
            self._leave(block, "nothing says whether this is what was or what will be")
            return self._flush()
        found = [] if all(one.role == "new" for one in pieces) else self._flush()
        self._pending += pieces
        self._pending_file = about or self._pending_file
        if pieces[-1].role == "old":
            return found
        return [*found, *self._flush(block)]

    def _diff(self, block: Block, file: str) -> list[Found]:
        found = self._flush()
        named, self._pending = pieces_of_diff(block.text, block.first_code_line)
        self._pending_file = self._known.file(named) if named else file
        if self._pending_file and not self._pending_file.endswith(".rs"):
            self._pending = []
            self._leave(block, "a diff of what is no Rust source")
        return found + self._flush()

    def _likely_file(self, code: str, step: Step) -> str:
        """Where code is when nothing says so: tests in the file for tests, what is made in the file that is."""
        if any(is_test(one) for one in items_of(code).declared):
            return self._known.tests[0] if len(self._known.tests) == 1 else ""
        made = list(dict.fromkeys(one for one in self._known.created if one.endswith(".rs")))
        makes = re.search(r"\b(?:create|implement\w*|define|introduce|fill|extract)\b", step.title, re.IGNORECASE)
        return made[0] if makes and len(made) == 1 else ""

    def _flush(self, block: Block | None = None) -> list[Found]:
        """What the code read so far promises: old and new stand together, so they are judged together."""
        pieces, self._pending = self._pending, []
        found = promised(pieces, self._pending_file, self._known)
        self.unread += uncovered(pieces, found, self._pending_file)
        return found

    def _shell(self, block: Block) -> list[Found]:
        for number, line in enumerate(block.text.splitlines()):
            strange = [one for one in commands_of(line) if not _PLAIN_COMMANDS.match(one)]
            if strange and not any(subjects_in(block)):
                why = "a command that the harness does not run"
                self.unread.append(Unread(line=block.first_code_line + number, text=strange[0], why=why))
        self._run = test_run_of(block) or self._run
        counted = [words[-1] for line in commands_of(block.text) if (words := line.split())[:1] == ["wc"]]
        self._counted = counted[-1] if len(counted) == 1 and files_in(counted[-1]) == [clean_path(counted[-1])] else ""
        return list(file_changes(block.text, block.first_code_line, self._known))

    def _leave(self, block: Block, why: str) -> None:
        self.unread.append(Unread(line=block.line, text=block.text, why=why))


def _is_rule(text: str) -> bool:
    """Whether it is the line between a table's head and its rows."""
    return re.fullmatch(r"[\s|:+-]*", text) is not None
