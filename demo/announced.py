"""What the changelogs of a few published crates announce, and what has to be shown of it.

Of each crate only what its changelog says of flags, configuration keys and the library is listed here; what it says
of the language that it formats or generates is the crate's subject, and needs inputs in that language.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CRATES", "Announced", "Crate"]


@dataclass(frozen=True, slots=True)
class Announced:
    """One entry of a changelog: the release, the probe that must show it, and a text that it must show."""

    version: str
    probe: str
    shows: str
    entry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Crate:
    """A published crate and consecutive releases of it."""

    name: str
    what: str
    versions: tuple[str, ...]
    announced: tuple[Announced, ...]


HEXYL = Crate(
    name="hexyl",
    what="a hex viewer",
    versions=("0.11.0", "0.12.0", "0.13.0", "0.13.1", "0.14.0", "0.15.0", "0.16.0"),
    announced=(
        Announced("0.12.0", "command", "--group-size", "--group-bytes became --group-size"),
        Announced("0.12.0", "public_api", "num_group_bytes", "num_group_bytes became group_size (library)"),
        Announced("0.13.0", "command", "--endianness", "new option --endianness"),
        Announced("0.13.0", "public_api", "endianness", "new method PrinterBuilder::endianness"),
        Announced("0.14.0", "command", "--character-table", "new option --character-table"),
        Announced("0.15.0", "command", "codepage-1047", "new character table codepage-1047"),
        Announced("0.16.0", "command", "--print-color-table", "new option --print-color-table"),
    ),
)

STYLUA = Crate(
    name="stylua",
    what="a formatter with a configuration file",
    versions=("0.20.0", "2.0.0", "2.0.1", "2.0.2", "2.1.0", "2.2.0"),
    announced=(
        Announced("2.0.0", "command", "--syntax", "new option --syntax"),
        Announced("2.0.0", "command", "syntax =", "new configuration option syntax"),
        Announced("2.0.0", "command", "space_after_function_names", "new configuration option"),
        Announced("2.0.0", "public_api", "quote_style", "deprecated access to Config is gone (library)"),
        Announced("2.0.1", "command", "resolved", "--verbose shows the resolved options"),
        Announced("2.1.0", "public_api", "cfxlua", "new feature cfxlua (library)"),
        Announced("2.2.0", "command", "block_newline_gaps", "new configuration option block_newline_gaps"),
        Announced("2.2.0", "command", "--lsp", "new option --lsp"),
    ),
)

CBINDGEN = Crate(
    name="cbindgen",
    what="a generator of C headers with a configuration file",
    versions=("0.26.0", "0.27.0", "0.28.0", "0.29.0"),
    announced=(
        Announced("0.27.0", "command", "--package-version", "new option --package-version"),
        Announced("0.27.0", "command", "package_version", "new configuration key package_version"),
        Announced("0.27.0", "command", "deprecated_variant", "new configuration key enum.deprecated_variant"),
        Announced("0.28.0", "command", "--symfile", "new option --symfile"),
        Announced("0.28.0", "public_api", "unstable_ir", "new feature unstable_ir (library)"),
        Announced("0.29.0", "command", "rename_associated_constant", "new configuration key of constants"),
        Announced("0.29.0", "command", "nullable_attribute", "new configuration key of pointers"),
    ),
)

CRATES = (HEXYL, STYLUA, CBINDGEN)
