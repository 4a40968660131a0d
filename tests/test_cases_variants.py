"""Examples with the other variants of the enums that stand in them."""

from __future__ import annotations

from harness.cases.steady import Base
from harness.cases.types.model import Enum, Field, ListOf, OptionOf, Ref, Scalar, Schema, Struct, Variant
from harness.cases.variants import _of, siblings_of
from harness.model import Case

POLICY = Enum(
    variants=(
        Variant(name="fail"),
        Variant(name="skip", aliases=("ignore",)),
        Variant(name="dlq"),
        Variant(name="named", shape=Scalar(kind="text")),
    )
)
PLAN = Struct(
    fields=(
        Field(name="on_error", shape=Ref(name="Policy"), aliases=("onError",)),
        Field(name="steps", shape=OptionOf(inner=ListOf(inner=Ref(name="Policy")))),
        Field(name="name", shape=Scalar(kind="text")),
    )
)
SCHEMA = Schema(types={"Policy": POLICY, "Plan": PLAN})


def tried(document: bytes) -> list[str]:
    base = Base(
        case=Case(program="prog", argv=("run", "plan.yaml"), files={"plan.yaml": document}), document="plan.yaml"
    )
    return [case.origin for _, case in _of(base, siblings_of(SCHEMA))]


def test_variants_without_content_stand_for_each_other_under_every_spelling() -> None:
    siblings = siblings_of(SCHEMA)
    assert siblings["on_error", "dlq"] == siblings["onError", "dlq"] == ("fail", "skip")
    assert siblings["on_error", "ignore"] == siblings["on_error", "skip"] == ("fail", "dlq")
    assert siblings["steps", "fail"] == ("skip", "dlq")
    assert not any(key == "name" for key, _ in siblings)


def test_an_example_gets_each_other_variant_where_it_has_one() -> None:
    assert tried(b"on_error: dlq\nname: fail\n") == ["plan.yaml: on_error: fail", "plan.yaml: on_error: skip"]
    assert tried(b"steps: [fail]\n") == ["plan.yaml: steps.0: skip", "plan.yaml: steps.0: dlq"]


def test_what_is_no_variant_is_left_as_it_is() -> None:
    assert tried(b"on_error: other\nname: dlq\n") == []


def test_an_enum_with_one_variant_has_no_others() -> None:
    one = Schema(types={"Only": Struct(fields=(Field(name="kind", shape=Enum(variants=(Variant(name="a"),))),))})
    assert siblings_of(one) == {}
