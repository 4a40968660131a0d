"""What becomes of the differences of first runs when both sides run again, and what of it a reader should know."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from harness.compare.repeated import MOST_RUNS
from harness.compare.wording import counted
from harness.model import Case, Difference
from harness.probes.base import Pair, Subject, TellsForms
from harness.store import key_of
from harness.verify.observer import Observer, key_of_case
from harness.verify.repeats import Again, Answers, Settled, settle_all

__all__ = ["Doubts"]

_MOST_FORMS = 4
_FIRST_OUTCOMES = 3  # of a side, by which it is told whether anything is intended
_MOST_OUTCOMES = 12  # of a side, that are held against each other


class Doubts:
    """One probe's differences while their cases are repeated."""

    def __init__(self, observer: Observer, pair: Pair) -> None:
        self._observer = observer
        self._pair = pair
        self._settled = Settled(answers={})
        self._forms: dict[str, Mapping[tuple[str, str], str]] = {}
        self._outcomes: dict[str, tuple[list[bytes], list[bytes]]] = {}
        self._compared: dict[tuple[str, bytes, bytes], Sequence[Difference]] = {}

    def confirm(self, baseline: Subject, candidate: Subject, clusters: Sequence[Difference]) -> Iterator[Difference]:
        """Lets through what shows again when both sides run again. What varies by itself is FLAKY, once a place.

        What is intended was confirmed when it was approved.
        """
        doubted = {key_of_case(one.case): one.case for one in clusters if one.case and not one.intended}
        observer = self._observer
        again = Again(ensure=observer.ensure, get=observer.get, lanes=observer.lanes, clock=time.monotonic)
        by_turns = key_of("by turns", *(one.build.runtime_digest() for one in (baseline, candidate)))
        anew = replace(
            again,
            ensure=partial(observer.ensure, beside=by_turns),
            get=partial(observer.get, beside=by_turns),
            first=0,
        )
        self._settled = settle_all(again, self._settle, baseline, candidate, doubted, anew)
        flaky: dict[str, Difference] = {}
        for one in (*clusters, *self._shown_by_repeats_alone(clusters)):
            if one.case is None or one.intended:
                yield one
                continue
            answer = self._settled.answers[key_of_case(one.case)].get((one.facet, one.where), "changed")
            if answer == "changed":
                yield self._as_intended(one) or self._explained(one)
            elif answer == "flaky":
                where = f"{one.facet} {one.where}".strip()
                told = flaky.get(where)
                smallest = min(filter(None, (told, one)), key=lambda known: known.case.size() if known.case else (0,))
                count = one.count + (told.count if told else 0)
                flaky[where] = replace(smallest, facet="flaky", where=where, count=count, forms=())
        # What varies is different in every case, so that no two cluster; the place is what matters.
        yield from map(self._explained, flaky.values())

    def _shown_by_repeats_alone(self, clusters: Sequence[Difference]) -> Iterator[Difference]:
        """The differences of places that changed, as the repeats tell, although the first runs were alike there.

        A case that changed somewhere, though no two of its outcomes show where, is told by that place alone.
        """
        known = {(key_of_case(one.case), one.facet, one.where) for one in clusters if one.case}
        first = {key_of_case(one.case): one for one in clusters if one.case and not one.intended}
        for key, one in first.items():
            changed = sorted(place for place, answer in self._settled.answers[key].items() if answer == "changed")
            hidden = [replace(one, facet=facet, where=where) for facet, where in changed]
            hidden = [at for at in hidden if (key, at.facet, at.where) not in known]
            found = [it for at in hidden if (it := self._between_outcomes(key, at))]
            yield from (replace(it, count=one.count) for it in found)
            if not found and hidden and len(hidden) == len(changed):
                yield replace(hidden[0], before="", after="", summary="", forms=())

    def _between_outcomes(self, key: str, at: Difference) -> Difference | None:
        """The difference of two outcomes at a place."""
        before, after = (outcomes[:_MOST_OUTCOMES] for outcomes in self._outcomes[key])
        return next(filter(None, (self._at(at, old, new) for old in before for new in after)), None)

    @property
    def unfinished(self) -> int:
        """How many cases were not repeated often enough for lack of time; another run goes on."""
        return self._settled.unfinished

    def remarks(self) -> list[str]:
        """What was compared in a weaker form and why, and what was cut short."""
        counts = Counter(place for forms in self._forms.values() for place in {(one[0], forms[one]) for one in forms})
        told = [
            f"{facet} of {counted(count, 'case')} compared {form}, since the baseline alone varies"
            for (facet, form), count in counts.most_common(_MOST_FORMS)
        ]
        return [*told, *self._settled.remarks()]

    def _settle(self, case: Case, before: Sequence[bytes], after: Sequence[bytes]) -> Answers:
        """What the probe says of these runs; of the forms, those of the last and longest series are kept.

        A change of which some outcomes are intended and others have nothing to be held against yet is in doubt as long
        as there may be more runs.
        """
        probe, key = self._observer.probe, key_of_case(case)
        self._outcomes[key] = list(dict.fromkeys(before)), list(dict.fromkeys(after))
        if isinstance(probe, TellsForms) and len(set(before)) > 1:
            self._forms[key] = probe.forms(case, before, after, self._pair)
        answers = probe.settle(case, before, after, self._pair)
        if len(after) < MOST_RUNS:
            doubted = {
                place for place, it in answers.items() if it == "changed" and self._in_part_intended(case, place)
            }
            return {**answers, **dict.fromkeys(doubted, "flaky")}
        return answers

    def _as_intended(self, one: Difference) -> Difference | None:
        """What is intended of a difference, where nothing else is left but what varies on the baseline by itself.

        That is so where every outcome of a side has one of the other side from which it differs as intended.
        """
        fitting = self._fitting(one)
        if not fitting or not all(map(any, fitting)) or not all(map(any, zip(*fitting, strict=True))):
            return None
        return next((replace(it, count=one.count) for row in fitting for it in row if isinstance(it, Difference)), None)

    def _in_part_intended(self, case: Case, place: tuple[str, str]) -> bool:
        """Whether some outcomes differ as intended and others do not; told by the first ones of each side."""
        one = Difference(facet=place[0], where=place[1], before="", after="", case=case)
        before, after = (outcomes[:_FIRST_OUTCOMES] for outcomes in self._outcomes[key_of_case(case)])
        some = (self._intended(one, old, new) for old in before for new in after)
        return any(isinstance(it, Difference) for it in some) and self._as_intended(one) is None

    def _fitting(self, one: Difference) -> list[list[Difference | bool]]:
        """Which outcomes of the candidate fit which ones of the baseline: a row of answers for each of these."""
        before, after = self._outcomes.get(key_of_case(one.case), ([], [])) if one.case else ([], [])
        if max(len(before), len(after)) > _MOST_OUTCOMES:
            return []
        return [[self._intended(one, old, new) for new in after] for old in before]

    def _intended(self, one: Difference, before: bytes, after: bytes) -> Difference | bool:
        """The difference of two outcomes at this place if it is intended; True where there is none, else False."""
        there = self._at(one, before, after)
        return True if there is None else there if there.intended else False

    def _at(self, one: Difference, before: bytes, after: bytes) -> Difference | None:
        """The difference of two outcomes at the place of another one."""
        assert one.case is not None
        if before == after:
            return None
        if (key := (key_of_case(one.case), before, after)) not in self._compared:
            self._compared[key] = self._observer.probe.compare(one.case, before, after, self._pair).differences
        found = self._compared[key]
        return next((it for it in found if (it.facet, it.where) == (one.facet, one.where)), None)

    def _explained(self, one: Difference) -> Difference:
        """The difference with the form in which it was compared, where the baseline varies."""
        forms = self._forms.get(key_of_case(one.case), {}) if one.case else {}
        place = one.where if one.facet == "flaky" else f"{one.facet} {one.where}".strip()
        form = next((form for (facet, where), form in forms.items() if f"{facet} {where}".strip() == place), "")
        if not form:
            return one
        told = f"compared {form}, since it varies on the baseline alone"
        return replace(one, summary="; ".join(filter(None, [one.summary, told])))
