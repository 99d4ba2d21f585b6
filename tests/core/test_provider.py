"""What comes from a provider, whatever it is: it is refused by name, or it is what it should be."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarmd.core import id_token, provider
from alarmd.core.errors import ForbiddenError
from alarmd.core.login import Attempt, read_cookie
from alarmd.core.person import Person, RoleRules, name_of
from tests.provider import by_hand, make_key

ISSUER = "https://id.example"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
KEY = make_key("only")
KEYS = id_token.read_keys(json.dumps({"keys": [KEY.as_dict(private=False)]}).encode())
RULES = RoleRules("realm.roles", {"desk": "operator", "chief": "admin"})
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=5,
)
MEMBERS = st.sampled_from(["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "keys", "kty", "n", "e"])
CLAIMS = st.sampled_from(["iss", "aud", "azp", "sub", "exp", "iat", "nbf", "nonce", "realm", "name", "email"])


@given(st.binary(max_size=200) | st.dictionaries(MEMBERS, JSON).map(lambda said: json.dumps(said).encode()))
def test_any_document_is_read_or_refused(document: bytes) -> None:
    with suppress(ForbiddenError):
        provider.read_metadata(document, ISSUER)
    with suppress(ForbiddenError):
        id_token.read_keys(document)


@given(st.lists(JSON | st.dictionaries(MEMBERS, JSON | st.sampled_from(["RSA", "EC", "OKP", "AQAB"])), max_size=5))
def test_keys_that_cannot_be_used_do_not_stand_in_the_way_of_those_that_can(others: list[Any]) -> None:
    usable = [KEY.as_dict(private=False)]
    published = [other for other in others if isinstance(other, dict)]
    found = id_token.read_keys(json.dumps({"keys": published + usable}).encode())
    assert found.get_by_kid("only").as_dict(private=False) == usable[0]


@given(st.text(max_size=100) | st.dictionaries(CLAIMS, JSON).map(lambda claims: by_hand(KEY, claims)))
def test_any_token_is_refused_that_is_not_of_this_log_in(token: str) -> None:
    with pytest.raises(ForbiddenError):
        id_token.verify(
            token, KEYS, algorithms=["RS256"], issuer=ISSUER, client_id="alarmd", nonce="of this log-in", now=NOW
        )


@given(st.dictionaries(CLAIMS, JSON))
def test_any_claims_give_a_name_and_only_roles_that_are_named(claims: dict[str, Any]) -> None:
    name = name_of(claims)
    assert 0 < len(name) <= 200
    assert name.isprintable()
    role = RULES.role(claims)
    realm = claims.get("realm")
    assert role is None or (isinstance(realm, dict) and "roles" in realm)


def test_of_several_roles_the_highest_counts() -> None:
    assert RULES.role({"realm": {"roles": ["chief", "desk", "other"]}}) == "admin"
    assert RULES.role({"realm": {"roles": "desk"}}) == "operator"
    assert RULES.role({"realm.roles": ["chief"], "realm": {"roles": ["desk"]}}) == "admin"


def test_a_person_is_the_same_under_another_name_and_another_at_another_provider() -> None:
    kim = Person(ISSUER, "1", "kim", "viewer")
    assert kim.id == Person(ISSUER, "1", "kim.minji", "admin").id
    assert len({kim.id, Person(ISSUER, "2", "kim", "viewer").id, Person(ISSUER + "/", "1", "kim", "viewer").id}) == 3
    assert (kim.actor.name, Person(ISSUER, "1", "1", "viewer").actor.name) == ("kim (1)", "1")


@given(st.text(alphabet="abcXYZ019_-", min_size=1), st.text(max_size=300))
def test_a_log_in_is_the_same_when_its_browser_comes_back(token: str, onward: str) -> None:
    begun = Attempt(token, onward)
    back = read_cookie(begun.cookie)
    assert back.is_state(begun.state)
    assert (back.nonce, back.verifier) == (begun.nonce, begun.verifier)
    assert len({begun.state, begun.nonce, begun.verifier, begun.challenge}) == 4
    assert back.onward in {onward, "/"}
    assert begun.cookie.isascii()
    assert len(begun.cookie) < 4000
