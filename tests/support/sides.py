"""Revisions made up from the texts of their files, as contracts are judged by them; nothing is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.compare import surface_diff
from harness.compare.inventory import Counts, Inventory, Test
from harness.compare.inventory_changes import compare_inventories
from harness.compare.layout import CrateLayout, Layout, compare_layouts, documented_modules, facts_of, modules_of
from harness.compare.lints import Lints, Warned, compare_lints
from harness.compare.rust_items import items_of
from harness.compare.rust_source import crate_modules
from harness.compare.surface_model import Item, Surface
from harness.contract.facts import Ground, Places, Side
from harness.contract.judging import ContractJudge
from harness.contract.terms import Terms
from harness.model import Difference
from harness.store import digest_of

__all__ = ["PROBES", "breaches", "judged", "passing", "side", "surface_of", "warned"]

PROBES = ("layout", "public_api", "test_suite", "lints")


def side(
    files: Mapping[str, str], *, tests: Sequence[Test] | int = 0, warnings: Sequence[Warned] = (), ignored: int = 0
) -> Side:
    """A revision of these files, every `src/lib.rs` of which is a crate named after the folder it is in."""
    crates = [_crate(name, files) for name in sorted(files) if name.endswith("src/lib.rs")]
    layout = Layout(
        files={name: facts_of(text.encode(), digest_of(text.encode())) for name, text in files.items()},
        crates=tuple(crates),
    )
    known = passing(tests) if isinstance(tests, int) else list(tests)
    return Side(
        layout=layout,
        read=files.get,
        inventory=Inventory(tests=tuple(known), counts=Counts(passed=len(known), ignored=ignored)),
        lints=Lints(warnings=tuple(warnings)),
        surface=surface_of(crates, files),
    )


def passing(count: int) -> list[Test]:
    """So many tests."""
    return [
        Test(package="engine", target="engine", kind="lib", name=f"tests::t{n}", outcomes=("ok",)) for n in range(count)
    ]


def warned(code: str, place: str, group: str = "pedantic", package: str = "rapidbyte-engine") -> Warned:
    """One warning."""
    return Warned(package=package, group=group, code=code, message=code, text=f"text of {code} {place}", place=place)


def _crate(root: str, files: Mapping[str, str]) -> CrateLayout:
    package = root.removesuffix("src/lib.rs").rstrip("/").rpartition("/")[2] or "demo"
    return CrateLayout(
        package=package,
        target=package.replace("-", "_"),
        kind="lib",
        root=root,
        modules=modules_of(crate_modules(root, files.get)),
        table=documented_modules(files[root]),
    )


def surface_of(crates: Sequence[CrateLayout], files: Mapping[str, str]) -> Surface:
    """The public items of the crates, as far as `pub` in public modules and `pub use` in the root show them."""
    found: dict[str, Item] = {}
    used_by: list[tuple[str, str]] = []
    for crate in crates:
        for source in crate_modules(crate.root, files.get):
            path = "::".join([crate.target, *source.module])
            if not all(_is_public(crate, source.module[: at + 1]) for at in range(len(source.module))):
                continue
            found[path] = _item(path, path, "module")
            items = items_of(files[source.file])
            for one in items.declared:
                if one.visibility == "pub" and len(one.path) == 1 and one.kind != "mod":
                    found[f"{path}::{one.name}"] = _item(f"{path}::{one.name}", f"{path}::{one.name}", one.kind)
            used_by += [
                (f"{path}::{used.name}", f"{crate.target}::{used.path}")
                for used in items.imports
                if used.visibility == "pub"
            ]
    for path, identity in used_by:
        if identity in found:
            found[path] = _item(path, identity, found[identity].kind)
    return Surface(
        items=tuple(found[path] for path in sorted(found)),
        homes={path: path for path, one in found.items() if one.kind == "module"},
    )


def _is_public(crate: CrateLayout, module: tuple[str, ...]) -> bool:
    wanted = "::".join(module)
    return any(one.path == wanted and one.visibility == "pub" for one in crate.modules)


def _item(path: str, identity: str, kind: str) -> Item:
    via = "definition" if path == identity else "re-export"
    return Item(path=path, kind=kind, signature=f"pub {kind}", identity=identity, via=via)


def judged(
    terms: Terms, first: Side, before: Side, after: Side, probe: str
) -> tuple[list[Difference], list[Difference]]:
    """Differences and notes of a probe once the contract has spoken."""
    places = Places(terms.folder, terms.named, first.layout, before.layout, after.layout)
    judge = ContractJudge(probe, terms, Ground(first=first, before=before, after=after, places=places))
    differences, notes = judge.judged(*_found(probe, before, after))
    return list(differences), list(notes)


def _found(probe: str, before: Side, after: Side) -> tuple[Sequence[Difference], Sequence[Difference]]:
    if probe == "layout":
        return (), compare_layouts(before.layout, after.layout)
    if probe == "public_api":
        assert before.surface
        assert after.surface
        changes = surface_diff.compare(before.surface, after.surface)
        return changes.differences, changes.notes
    if probe == "test_suite":
        assert before.inventory
        assert after.inventory
        told = compare_inventories(before.inventory, after.inventory)
        return told.differences, told.notes
    assert before.lints
    assert after.lints
    warnings = compare_lints(before.lints, after.lints)
    return warnings.differences, warnings.notes


def breaches(terms: Terms, first: Side, before: Side, after: Side) -> list[tuple[str, str, str]]:
    """Everything that is not as the contract says: the probe, the facet and where, over all probes."""
    return [
        (probe, one.facet, one.where)
        for probe in PROBES
        for one in judged(terms, first, before, after, probe)[0]
        if not one.intended
    ]
