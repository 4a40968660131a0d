"""What a verdict under a contract stands on, in a few words: what was missed, intended and reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from harness.model import Difference

__all__ = ["reason"]

_MOST = 3


def reason(differences: Sequence[Difference], notes: Sequence[Difference]) -> str:
    """The words; empty where no contract had a say."""
    return "; ".join(_parts(differences, notes))


def _parts(differences: Sequence[Difference], notes: Sequence[Difference]) -> Iterator[str]:
    unmet = [one for one in differences if one.facet == "unmet"]
    intended = [one for one in differences if one.intended]
    reached = [one for one in notes if one.facet == "reached"]
    if not (unmet or reached or any(map(_by_contract, intended))):
        return
    if unmet:
        more = f" and {len(unmet) - _MOST} more" if len(unmet) > _MOST else ""
        yield "missed " + ", ".join(one.summary for one in unmet[:_MOST]) + more
    if beyond := [one for one in differences if not one.intended and one.facet != "unmet"]:
        yield f"{_counted(beyond)} that nothing allows"
    if meant := [one for one in intended if _by_contract(one)]:
        own = sum("this range" in one.intended for one in meant)
        yield f"{_counted(meant)} as intended" + (f", {own} of them by rules that this range changed" if own else "")
    approved = Counter(one.intended for one in intended if not _by_contract(one))
    yield from (f"{count} {rests_on}" for rests_on, count in sorted(approved.items()))
    if not differences:
        yield "no difference"
    if len(reached) == 1:
        yield f"reached {reached[0].summary.rpartition(' (')[0]}"
    elif reached:
        yield f"{len(reached)} targets reached"


def _by_contract(one: Difference) -> bool:
    return one.intended.startswith("as ")


def _counted(differences: Iterable[Difference]) -> str:
    facets = Counter(one.facet for one in differences)
    return ", ".join(f"{count} × {facet}" if count > 1 else facet for facet, count in facets.most_common())
