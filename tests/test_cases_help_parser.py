"""Reading help texts of every style."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cases.help_parser import Flag, HelpPage, Positional, parse_help


def page(text: str) -> HelpPage:
    return parse_help(textwrap.dedent(text))


def flag(said: HelpPage, name: str) -> Flag:
    return next(one for one in said.flags if name in (one.long, one.short))


CLAP2 = """
    engine 0.3.1
    Somebody <some@body.example>
    Moves rows

    USAGE:
        engine [FLAGS] [OPTIONS] <INPUT> [SUBCOMMAND]

    FLAGS:
        -h, --help       Prints help information
        -V, --version    Prints version information
        -v, --verbose    Says more, -v -v even more (may be repeated)

    OPTIONS:
        -c, --config <FILE>        Sets a custom config file
            --level <LEVEL>        How much [default: info]  [possible values: debug, info, warn]
        -D, --define <K=V>...      Defines something

    ARGS:
        <INPUT>    Sets the input file to use

    SUBCOMMANDS:
        help    Prints this message or the help of the given subcommand(s)
        test    controls testing features
"""

CLAP3 = """
    engine 1.0.0

    USAGE:
        engine [OPTIONS] <INPUT> [OUTPUT] <SUBCOMMAND>

    ARGS:
        <INPUT>     What is read
        <OUTPUT>    Where it goes [default: out.bin]

    OPTIONS:
        -h, --help               Print help information
            --color <WHEN>       Colours [default: auto] [possible values: auto, always,
                                 never]
        -n, --lines=<NUM>        How many
            --quiet              Says nothing

    SUBCOMMANDS:
        add       Add things
        remove    Remove things, all of them, in a
                  description of two lines
"""

CLAP4_SHORT = """
    Moves rows

    Usage: engine [OPTIONS] <COMMAND>

    Commands:
      run          Runs a pipeline
      check, ck    Checks it
      list-all     Lists [aliases: ls]
      help         Print this message or the help of the given subcommand(s)

    Options:
      -j, --jobs <N>             Number of jobs [default: 4] [env: ENGINE_JOBS=]
          --format[=<FORMAT>]    Format [possible values: json, text]
      -q, --quiet...             Less and less
          --[no-]progress        Progress bar
      -h, --help                 Print help (see more with '--help')
      -V, --version              Print version

    Global options:
          --log-file <PATH>      Where the log goes
"""

CLAP4_LONG = """
    Moves rows from one place to another.

    - with a list
    - in the text

    Usage: engine run [OPTIONS] <CONFIG> [TARGETS]...

    Arguments:
      <CONFIG>
              The pipeline, see --format for what it may be:
              it has to exist

      [TARGETS]...
              Only these

              [default: all]

    Options:
          --mode <MODE>
              How to run

              Possible values:
              - fast: As fast as possible,
                --quiet implied
              - safe: With checks

              [default: fast]

      -o, --output <FILE>
              Output file

      -h, --help
              Print help (see a summary with '-h')
"""

ARGH = """
    Usage: jumper [-j] [--height <height>] --pilot <pilot> [--] <start> [<stop>] <command> [<args>]

    Reach new heights.

    Positional Arguments:
      start             where it begins
      stop              where it ends

    Options:
      -j, --jump        whether or not to jump
      --height          how high to go
      --pilot           an optional nickname
      --help, help      display usage information

    Commands:
      one               First subcommand.
      two               Second subcommand.
"""

GUMDROP = """
    Usage: tool [OPTIONS] COMMAND

    Positional arguments:
      command              what to do

    Optional arguments:
      -h, --help           print help message
      -c, --count COUNT    number of times
      --only-long NAME     a name (default: nobody)

    Available commands:
      make   make something
      brake  break something
"""

DOCOPT = """
    Naval Fate.

    Usage:
      naval_fate ship new <name>...
      naval_fate ship <name> move <x> <y> [--speed=<kn>]
      naval_fate mine (set|remove) <x> <y> [--moored | --drifting]
      naval_fate -h | --help
      naval_fate --version

    Options:
      -h --help     Show this screen.
      --version     Show version.
      --speed=<kn>  Speed in knots [default: 10].
      --moored      Moored (anchored) mine.
"""

PICO = """
    usage: mini [options] FILE

    options:
      -h, --help            this text
      -w, --width NUMBER    columns
      --filter {box,point}  how to scale
      -o FILE, --output FILE
                            where to
      --dry-run  nothing is done
"""

CAPITALS = """
    NAME
        tool - does things

    USAGE
        tool <file> [--indent N]

    OPTIONS
        --indent N    spaces
        -x            extended
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CLAP2, ("help", "test")),
        (CLAP3, ("add", "remove")),
        (CLAP4_SHORT, ("run", "check", "list-all", "help")),
        (CLAP4_LONG, ()),
        (ARGH, ("one", "two")),
        (GUMDROP, ("make", "brake")),
        (DOCOPT, ("ship", "mine")),
        (PICO, ()),
        (CAPITALS, ()),
    ],
    ids=["clap2", "clap3", "clap4", "clap4-long", "argh", "gumdrop", "docopt", "pico-args", "capitals"],
)
def test_subcommands_are_found(text: str, expected: tuple[str, ...]) -> None:
    assert page(text).subcommands == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CLAP2, {"-h", "-V", "-v", "-c", "--level", "-D"}),
        (CLAP3, {"-h", "--color", "-n", "--quiet"}),
        (CLAP4_SHORT, {"-j", "--format", "-q", "--progress", "--no-progress", "-h", "-V", "--log-file"}),
        (CLAP4_LONG, {"--mode", "-o", "-h"}),
        (ARGH, {"-j", "--height", "--pilot", "--help"}),
        (GUMDROP, {"-h", "-c", "--only-long"}),
        (DOCOPT, {"-h", "--version", "--speed", "--moored", "--drifting"}),
        (PICO, {"-h", "-w", "--filter", "-o", "--dry-run"}),
        (CAPITALS, {"--indent", "-x"}),
    ],
    ids=["clap2", "clap3", "clap4", "clap4-long", "argh", "gumdrop", "docopt", "pico-args", "capitals"],
)
def test_flags_are_found_and_nothing_else_is_taken_for_one(text: str, expected: set[str]) -> None:
    assert {one.short or one.long for one in page(text).flags} == expected


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        (CLAP2, "--config", "FILE"),
        (CLAP2, "--define", "K=V"),
        (CLAP2, "--verbose", ""),
        (CLAP3, "--lines", "NUM"),
        (CLAP4_SHORT, "--jobs", "N"),
        (CLAP4_SHORT, "--log-file", "PATH"),
        (CLAP4_LONG, "--output", "FILE"),
        (ARGH, "--height", "height"),
        (ARGH, "--pilot", "pilot"),
        (ARGH, "--jump", ""),
        (GUMDROP, "--count", "COUNT"),
        (DOCOPT, "--speed", "kn"),
        (DOCOPT, "--moored", ""),
        (PICO, "--width", "NUMBER"),
        (PICO, "--output", "FILE"),
        (PICO, "--dry-run", ""),
        (CAPITALS, "--indent", "N"),
    ],
)
def test_the_name_of_a_flags_value_is_read(text: str, name: str, value: str) -> None:
    assert flag(page(text), name).value == value


@pytest.mark.parametrize(
    ("text", "name", "possible"),
    [
        (CLAP2, "--level", ("debug", "info", "warn")),
        (CLAP3, "--color", ("auto", "always", "never")),
        (CLAP4_SHORT, "--format", ("json", "text")),
        (CLAP4_LONG, "--mode", ("fast", "safe")),
        (PICO, "--filter", ("box", "point")),
    ],
)
def test_possible_values_are_read(text: str, name: str, possible: tuple[str, ...]) -> None:
    assert flag(page(text), name).possible == possible


IN_WORDS = """Usage: x [OPTIONS]

Options:
    --make=KIND
        Makes something of KIND, which can be one of
        the following values:

        man: A page.

        complete-zsh: A script.

        The list may grow over time.

    --when=WHEN
        When to paint. Flags that imply colours, such as
        --plain and --json.

        The possible values for this flag are:

        never: Not at all.

        always: Whatever happens.

    --order=ORDER
        The order (of tables and lists):
          * 'auto' (default): by what there is
          * 'as-given': as it came

    --unit=UNIT
        The unit. Possible values: second, minute, hour. Otherwise it is guessed.

    --engine=ENGINE
        Accepted values are 'one', `two`, or "three". For most there is no need, if any.

    --level=LEVEL   how much (low|mid|high)

    --kind=KIND
        See --kinds for the available kinds, use them with care (for kinds, or their names).
"""


@pytest.mark.parametrize(
    ("name", "possible"),
    [
        ("--make", ("man", "complete-zsh")),
        ("--when", ("never", "always")),
        ("--order", ("auto", "as-given")),
        ("--unit", ("second", "minute", "hour")),
        ("--engine", ("one", "two", "three")),
        ("--level", ("low", "mid", "high")),
        ("--kind", ()),
    ],
)
def test_values_that_a_description_lists_in_its_own_words_are_read(name: str, possible: tuple[str, ...]) -> None:
    assert flag(page(IN_WORDS), name).possible == possible


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "Options:\n  -a, --alpha <N>   Alpha, in\n      two lines\n      --beta <N>   b\n      --gamma   c\n",
            {"--alpha", "--beta", "--gamma"},
        ),
        ("Options:\n  -o FILE\n      Output file\n      --verbose\n      Be verbose\n", {"", "--verbose"}),
    ],
)
def test_flags_at_the_indentation_of_a_description_are_flags(text: str, names: set[str]) -> None:
    assert {one.long for one in page(text).flags} == names


@pytest.mark.parametrize(
    "said",
    [
        "Supported formats: csv, json or yaml",
        "Bandwidth (MB/s)",
        "Only available on Linux and macOS",
        "(conf/app.toml)",
    ],
)
def test_a_value_of_a_known_kind_is_not_taken_for_one_of_a_list(said: str) -> None:
    assert flag(page(f"Options:\n  --file <FILE>   {said}\n"), "--file").possible == ()


def test_a_flag_at_the_beginning_of_a_line_of_a_description_is_none() -> None:
    assert "--plain" not in {one.long for one in page(IN_WORDS).flags}


@pytest.mark.parametrize(
    ("text", "name", "default"),
    [
        (CLAP2, "--level", "info"),
        (CLAP4_SHORT, "--jobs", "4"),
        (CLAP4_LONG, "--mode", "fast"),
        (GUMDROP, "--only-long", "nobody"),
        (DOCOPT, "--speed", "10"),
    ],
)
def test_defaults_are_read(text: str, name: str, default: str) -> None:
    assert flag(page(text), name).default == default


@pytest.mark.parametrize(("text", "name"), [(CLAP2, "--verbose"), (CLAP2, "--define"), (CLAP4_SHORT, "--quiet")])
def test_flags_that_may_be_repeated_are_known(text: str, name: str) -> None:
    assert flag(page(text), name).repeated


def test_an_optional_value_is_known() -> None:
    said = flag(page(CLAP4_SHORT), "--format")
    assert (said.value, said.optional, said.inline) == ("FORMAT", True, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CLAP2, [("INPUT", True, False)]),
        (CLAP3, [("INPUT", True, False), ("OUTPUT", False, False)]),
        (CLAP4_SHORT, []),
        (CLAP4_LONG, [("CONFIG", True, False), ("TARGETS", False, True)]),
        (ARGH, [("start", True, False), ("stop", False, False)]),
        (PICO, [("FILE", True, False)]),
        (CAPITALS, [("file", True, False)]),
    ],
)
def test_positionals_are_found(text: str, expected: list[tuple[str, bool, bool]]) -> None:
    assert [(one.name, one.required, one.repeated) for one in page(text).positionals] == expected


def test_a_positional_may_have_a_part_that_is_optional() -> None:
    usage = "Usage: get [OPTIONS] <[METHOD] URL> [ITEM]..."
    told = f"{usage}\n\nArguments:\n  <[METHOD] URL>  Where\n  [ITEM]...       What\n\nOptions:\n  -h, --help  Help\n"
    both = [("[METHOD] URL", True, False), ("ITEM", False, True)]
    for text in (usage, told):
        assert [(one.name, one.required, one.repeated) for one in page(text).positionals] == both


def test_the_default_of_a_positional_is_read() -> None:
    assert page(CLAP4_LONG).positionals[1] == Positional(name="TARGETS", required=False, repeated=True, default="all")


def test_colours_do_not_matter() -> None:
    usage, heading = "\x1b[1m\x1b[4mUsage:\x1b[0m \x1b[1mx\x1b[0m [OPTIONS]", "\x1b[4mOptions:\x1b[0m"
    coloured = f"{usage}\n\n{heading}\n  \x1b[1m--size\x1b[0m <N>  Size\n"
    assert parse_help(coloured).flags == (Flag(long="--size", value="N"),)


def test_colours_and_commas_of_clap_values_are_read_in_braces() -> None:
    assert flag(page("Options:\n  --kind <a|b|c>  kinds\n"), "--kind").possible == ("a", "b", "c")


@pytest.mark.parametrize("text", ["", "\n\n", "error: unexpected argument '--help' found", "-", "--", "  - a\n  - b\n"])
def test_what_is_no_help_text_gives_nothing(text: str) -> None:
    said = parse_help(text)
    assert (said.subcommands, said.positionals) == ((), ())


@given(st.text(alphabet=st.sampled_from(list("-<>[]{}()|=., :aAbB\n\t\x1bUsage")), max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    parse_help(text)
    parse_help(f"Usage: {text}\nOptions:\n  {text}")


@pytest.mark.parametrize("piece", ["[", "<a", "--a", "(a|", " ", "a,", "-a=[", "[possible values: ", "\n  -", "[a [b"])
def test_no_long_text_makes_it_slow(piece: str) -> None:
    parse_help("Usage: x " + piece * 20_000)
    parse_help("Options:\n  --x " + piece * 20_000)


@pytest.mark.parametrize(
    ("usage", "required"),
    [
        ("Usage: x [OPTIONS] --name <NAME> <OUT>", ["--name"]),
        ("Usage: x <--from <FILE>|--url <URL>>", ["--from"]),
        ("usage: x -n NUM [-r] FILE", ["-n"]),
        ("Usage: x [--name <NAME>] <OUT>", []),
        ("Usage: x --name <NAME>\n       x <OUT>", []),
    ],
)
def test_what_a_command_does_nothing_without_is_known(usage: str, required: list[str]) -> None:
    options = "\n\nOptions:\n  --name <NAME>  a\n  --from <FILE>  b\n  --url <URL>  c\n  -n NUM  d\n  -r  e\n"
    said = parse_help(usage + options)
    assert [one.name for one in said.flags if one.required] == required
    assert "NUM" not in [one.name for one in said.positionals]
