"""What `#[serde(...)]` attributes say, from their text as rustdoc JSON has it."""

from __future__ import annotations

import pytest

from harness.cases.types.attributes import renamed, serde_of


def test_attributes_are_read_in_both_forms_that_rustdoc_writes() -> None:
    old = ['#[serde(rename = "use", alias = "a", alias = "b", default)]', "#[must_use]"]
    new = [{"other": '#[serde(rename = "use")]'}, {"other": '#[serde(alias = "a")]'}, "non_exhaustive"]
    new.append({"other": '#[serde(alias = "b", default)]'})
    for attributes in (old, new):
        found = serde_of(attributes)
        assert found.one("rename") == "use"
        assert found.all("alias") == ("a", "b")
        assert "default" in found
        assert "flatten" not in found


def test_of_a_name_for_each_direction_the_one_for_reading_counts() -> None:
    found = serde_of(['#[serde(rename(serialize = "out", deserialize = "in"), rename_all(deserialize = "UPPERCASE"))]'])
    assert (found.one("rename"), found.one("rename_all")) == ("in", "UPPERCASE")


def test_texts_keep_what_is_escaped_in_them_and_bounds_do_not_confuse() -> None:
    found = serde_of([r'#[serde(bound(deserialize = "T: D<\"x\">, U: E"), rename = "a\"b, c)", tag = r#"k"y"#)]'])
    assert (found.one("rename"), found.one("tag")) == ('a"b, c)', 'k"y')


@pytest.mark.parametrize("text", ["#[serde]", "#[serde(]", "#[serde(=)]", "#[serde(,,)]", "", "#[doc = 1]"])
def test_what_is_no_serde_attribute_says_nothing(text: str) -> None:
    assert not serde_of([text, 1, None]).values


@pytest.mark.parametrize(
    ("rule", "field", "variant"),
    [
        ("lowercase", "max_http_size", "maxhttp"),
        ("UPPERCASE", "MAX_HTTP_SIZE", "MAXHTTP"),
        ("PascalCase", "MaxHttpSize", "MaxHTTP"),
        ("camelCase", "maxHttpSize", "maxHTTP"),
        ("snake_case", "max_http_size", "max_h_t_t_p"),
        ("SCREAMING_SNAKE_CASE", "MAX_HTTP_SIZE", "MAX_H_T_T_P"),
        ("kebab-case", "max-http-size", "max-h-t-t-p"),
        ("SCREAMING-KEBAB-CASE", "MAX-HTTP-SIZE", "MAX-H-T-T-P"),
        ("", "max_http_size", "MaxHTTP"),
    ],
)
def test_names_follow_every_rule_as_the_derive_macro_does(rule: str, field: str, variant: str) -> None:
    assert renamed("max_http_size", rule, variant=False) == field
    assert renamed("MaxHTTP", rule, variant=True) == variant
