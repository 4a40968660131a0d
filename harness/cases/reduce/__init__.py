"""The reducer: from a case that shows a difference to the smallest that shows it in the same way.

Pure: it proposes cases and is told which of them still show it (`search`), on plain data (`tree`, `documents`).
"""

from __future__ import annotations

from harness.cases.reduce.reducer import MOST_PROPOSALS, Reducer

__all__ = ["MOST_PROPOSALS", "Reducer"]
