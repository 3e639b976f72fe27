"""Project names: what is refused, with which reason, and what comes out."""

import pytest

from tools import names

BAD = [
    ("", "empty"),
    (" \t", "empty"),
    ("a", "too_short"),
    ("ab", "too_short"),
    ("a" * 41, "too_long"),
    ("müller", "not_ascii"),
    ("ａcme", "not_ascii"),  # fullwidth a
    ("ﬁrma", "not_ascii"),  # ligature
    ("\u212aelvin", "not_ascii"),  # Kelvin sign: its small letter is a plain k
    ("acme\u200b", "not_ascii"),
    ("acme.ch", "characters"),
    ("acme_ag", "characters"),
    ("acme ag", "characters"),
    ("acme\nx", "characters"),
    ("acme/..", "characters"),
    ("{{ 7*7 }}", "characters"),
    ("$(id)", "characters"),
    ("'; drop table", "characters"),
    ("acme\x00", "characters"),
    ("1acme", "start"),
    ("-acme", "start"),
    ("acme-", "end"),
    ("ac--me", "double_hyphen"),
    ("xn--mller-kva", "double_hyphen"),
    ("acme-stag", "staging"),
    ("acme-staging", "staging"),
    ("www", "reserved"),
    ("WWW", "reserved"),
    ("mail2", "reserved"),
    ("vpn12", "reserved"),
    ("admin", "reserved"),
]
GOOD = [
    ("acme", "acme"),
    ("  Acme \n", "acme"),
    ("ACME-2", "acme-2"),
    ("a-b", "a-b"),
    ("abc", "abc"),
    ("a" * 40, "a" * 40),
    ("stag", "stag"),
    ("mailer", "mailer"),
    ("acme-stage", "acme-stage"),
]


@pytest.mark.parametrize(("text", "code"), BAD)
def test_bad_names_are_refused_with_a_reason(text, code):
    with pytest.raises(names.InvalidName) as refused:
        names.normalise_name(text, reserved={"admin"})
    assert (refused.value.code, bool(str(refused.value))) == (code, True)


@pytest.mark.parametrize(("text", "name"), GOOD)
def test_good_names_come_out_normalised(text, name):
    assert names.normalise_name(text, reserved={"admin"}) == name


def test_no_two_projects_share_a_host():
    with pytest.raises(names.InvalidName):
        names.normalise_name(names.host_label("acme", names.STAGING))


def test_addresses_and_namespaces():
    assert names.fqdn("acme", "production", "mint-cloud.ch") == "acme.mint-cloud.ch"
    assert names.fqdn("acme", "staging", "mint-cloud.ch") == "acme-stag.mint-cloud.ch"
    assert names.namespace("acme", "staging") == "host-acme-stag"
    with pytest.raises(ValueError, match="environment"):
        names.fqdn("acme", "test", "mint-cloud.ch")
