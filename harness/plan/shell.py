"""What commands in a plan say: commit subjects, files that are moved or deleted, which checks are run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from harness.contract.model import FilePattern, Rename
from harness.plan.markdown import Block, spans
from harness.plan.words import Found, Known, clean_path

__all__ = [
    "Checks",
    "TestRun",
    "checks_of",
    "commands_of",
    "file_changes",
    "folder_of",
    "is_shell",
    "subjects_in",
    "test_run_of",
]

_SHELLS = ("bash", "sh", "shell", "console", "zsh", "fish", "shell-session", "")
_HEREDOC = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?[^\n]*\n(.*?)\n\s*\1", re.DOTALL)
_MESSAGE = re.compile(
    r"git\s+commit\b[^\n]*?(?:\s-\w*m|--message)(?:=|\s+)(?P<quote>[\"'])(?P<text>.*?)(?<!\\)(?P=quote)", re.DOTALL
)
_LABELLED = re.compile(r"^\W*commit(?: message| subject)?\W*:\W*`(?P<text>.+?)`", re.IGNORECASE)
_WITH_MESSAGE = re.compile(
    r"\bcommit\b[^.`\"“]{0,40}\b(?:with|as|message|subject)\b[^.`\"“]{0,30}[`\"“](?P<text>[^`\"”]+)[`\"”]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRun:
    """Which tests a command runs, as a rule of a contract names them; `part`: some that none can name."""

    __test__ = False
    package: str = ""
    target: str = ""
    name: str = ""
    part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """The sources of warnings that commands ask for, each with its package (empty: all) and whether with tests."""

    sources: tuple[tuple[str, str, bool], ...] = ()

    def __add__(self, other: Checks) -> Checks:
        return Checks(sources=tuple(dict.fromkeys((*self.sources, *other.sources))))


def is_shell(block: Block) -> bool:
    """Whether a code block holds commands."""
    if block.kind != "code" or block.language not in _SHELLS:
        return False
    return bool(block.language) or re.match(r"\s*(\$ |git |cargo |cd )", block.text) is not None


def commands_of(text: str) -> Iterator[str]:
    """The commands of a block, a line each."""
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        for part in re.split(r"\s*(?:&&|;)\s*", line.strip().removeprefix("$ ")):
            if part and not part.startswith("#"):
                yield part


def subjects_in(block: Block) -> Iterator[tuple[str, int]]:
    """The subjects of commit commands in a block of code or a sentence, each with its line."""
    for found in _MESSAGE.finditer(block.text):
        text = found["text"]
        if heredoc := _HEREDOC.search(block.text, found.start()):
            text = heredoc[2] if heredoc.start() < found.end() else text
        subject = next((line.strip() for line in text.splitlines() if line.strip()), "")
        if subject:
            yield subject.replace('\\"', '"').replace("\\`", "`"), _line(block, found.start())
    if block.kind != "code" and "git " not in block.text:
        for one in (_LABELLED, _WITH_MESSAGE):
            if labelled := one.search(block.text):
                yield labelled["text"], block.line
                return


def _line(block: Block, at: int) -> int:
    return block.first_code_line + block.text.count("\n", 0, at) if block.kind == "code" else block.line


def folder_of(block: Block) -> str:
    """The folder that a block's `cd` goes to; empty where there is none, or it is no plain folder."""
    for command in commands_of(block.text):
        words = command.split()
        if len(words) == 2 and words[0] == "cd" and re.fullmatch(r"[\w./-]+", words[1]) and ".." not in words[1]:
            return words[1].strip("/").removeprefix("./") if not words[1].startswith("/") else ""
    return ""


def file_changes(text: str, first: int, known: Known) -> Iterator[Found]:
    """What `git mv` and `git rm` in a text do, the first line of which is `first`."""
    for number, line in enumerate(text.splitlines()):
        origin = known.origin(first + number)
        for command in commands_of(line):
            words = [word for word in _split(command) if not word.startswith("-")]
            if words[:2] == ["git", "mv"] and len(words) == 4:
                old, new = map(clean_path, words[2:])
                known.learn([old, new])
                yield Found(part="may", key="rename", rule=Rename(old=old, new=new, origin=origin))
                yield Found(part="must", key="absent", rule=FilePattern(path=old, origin=origin))
                yield Found(part="must", key="present", rule=FilePattern(path=new, origin=origin))
            elif words[:2] == ["git", "rm"]:
                for path in map(clean_path, words[2:]):
                    yield Found(part="may", key="delete", rule=FilePattern(path=path, origin=origin))
                    yield Found(part="must", key="absent", rule=FilePattern(path=path, origin=origin))


def checks_of(block: Block) -> Checks:
    """Which warnings the commands of a block, or in the backticks of a sentence, would print."""
    texts = [block.text] if block.kind == "code" else spans(block.text)
    found = [one for text in texts for command in commands_of(text) if (one := _check(command))]
    return Checks(sources=tuple(dict.fromkeys(found)))


def _check(command: str) -> tuple[str, str, bool] | None:
    asked, _, filtered = command.partition("|")
    words = _split(asked)
    if "cargo" not in words:
        return None
    verb = next((word for word in words[words.index("cargo") + 1 :] if not word.startswith(("-", "+"))), "")
    sources = {"clippy": "clippy", "doc": "rustdoc", "rustdoc": "rustdoc", "check": "compiler", "build": "compiler"}
    source = sources.get(verb, "compiler" if verb == "test" and "warning" in filtered else "")
    if source == "clippy" and (group := re.search(r"clippy::(pedantic|nursery|cargo)", asked)):
        source = f"clippy::{group[1]}"
    return (source, _package(words, filtered), _with_tests(words)) if source else None


def test_run_of(block: Block) -> TestRun | None:
    """The tests that the last test command of a block, or in the backticks of a sentence, runs."""
    texts = [block.text] if block.kind == "code" else spans(block.text)
    runs = [one for text in texts for command in commands_of(text) if (one := _tested(command))]
    return runs[-1] if runs else None


def _tested(command: str) -> TestRun | None:
    words = _split(re.split(r"\s(?:\d?>|\|)", command)[0])
    if "cargo" not in words:
        return None
    words = [word for word in words[words.index("cargo") + 1 :] if not word.startswith("+")]
    if words[:2] == ["nextest", "run"]:
        words = words[1:]
    elif words[:1] not in (["test"], ["t"]):
        return None
    return _read_run(words[1:])


def _read_run(words: list[str]) -> TestRun:
    found = {"package": "", "target": "", "name": ""}
    valued = {"-p": "package", "--package": "package", "--test": "target", "--bin": "target", "--example": "target"}
    part = exact = False
    waiting = iter(word for whole in words for word in _unglued(whole))
    for word in waiting:
        if word in valued:
            found[valued[word]] = next(waiting, "")
        elif word in ("--lib", "--doc"):
            found["target"] = word.removeprefix("--")
        elif word == "--exact":
            exact = True
        elif word in ("--features", "-F", "--target", "--manifest-path", "--profile", "-j", "--jobs", "--test-threads"):
            next(waiting, "")
        elif word in ("--tests", "--bins", "--examples", "--benches", "--exclude", "--ignored", "--skip", "-E"):
            part = True
        elif not word.startswith("-"):
            part = part or bool(found["name"])
            found["name"] = word
    if found["name"] and not exact:
        found["name"] = f"*{found['name']}*"
    return TestRun(**found, part=part)


def _unglued(word: str) -> list[str]:
    """`--package=x` as two words."""
    return word.split("=", 1) if word.startswith("-") and "=" in word else [word]


def _package(words: list[str], filtered: str) -> str:
    for at, word in enumerate(words[:-1]):
        if word in ("-p", "--package"):
            return words[at + 1]
    grep = re.search(r"grep\s+(?:-\w+\s+)*[\"']?([\w-]+)[\"']?\s*$", filtered)
    return grep[1] if grep and grep[1] not in ("warning", "warnings", "error") else ""


def _with_tests(words: list[str]) -> bool:
    return bool({"--all-targets", "--tests", "test"} & set(words))


def _split(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()
