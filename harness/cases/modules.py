"""The modules of crates, from where their files are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from harness.built import Target, Workspace

__all__ = ["modules_of", "modules_of_crate"]

_ROOTS = ("lib.rs", "main.rs")


def modules_of(workspace: Workspace, paths: Sequence[str], packages: Sequence[str]) -> tuple[str, ...]:
    """The module paths of libraries and executables of these packages, crates first, then the deeper the later.

    Where a package has both, the files below are taken for the library's.
    """
    made: dict[str, None] = {}
    for package in packages:
        targets = [one for one in workspace.of_kind("lib", "bin", "proc-macro") if one.package == package]
        owners = [one for one in targets if one.kind != "bin"] or targets
        for target in targets:
            files = paths if target in owners else ()
            made.update(dict.fromkeys(modules_of_crate(target, [*files, target.src_path])))
    return tuple(sorted(made, key=lambda module: (module.count("::"), module)))


def modules_of_crate(target: Target, paths: Sequence[str]) -> Iterator[str]:
    """The module paths that the files beside and below a crate's root file stand for.

    `a/b.rs` and `a/b/mod.rs` are both `a::b`: https://doc.rust-lang.org/reference/items/modules.html
    """
    root = PurePosixPath(target.src_path)
    crate = target.name.replace("-", "_")
    yield crate
    for path in sorted(paths):
        file = PurePosixPath(path)
        if file.suffix != ".rs" or file == root or not file.is_relative_to(root.parent):
            continue
        inner = file.relative_to(root.parent)
        if inner.name in _ROOTS or inner.parts[0] in ("bin", "tests", "benches", "examples"):
            continue
        parts = inner.parts[:-1] if inner.name == "mod.rs" else (*inner.parts[:-1], inner.stem)
        if parts and all(part.isidentifier() for part in parts):
            yield "::".join((crate, *parts))
