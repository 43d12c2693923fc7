"""API keys: issued once, known by digest, revoked."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from marketplace import tokens
from marketplace.models import ApiToken, AuditEntry


def test_a_new_key_opens_the_account_of_its_holder(world):
    key = tokens.issue(user=world.wei, name="my script", now=world.now)
    assert tokens.holder_of(key=key, now=world.now) == world.wei
    token = ApiToken.objects.get()
    assert (token.name, token.digest) == ("my script", tokens.digest_of(key=key))


def test_two_keys_are_never_the_same(world):
    assert tokens.issue(user=world.wei) != tokens.issue(user=world.wei)


@pytest.mark.parametrize("key", ["", "tly_", "nonsense", "tly_\udc80", "x" * 100_000])
def test_anything_else_opens_nothing(world, key):
    tokens.issue(user=world.wei)
    assert tokens.holder_of(key=key, now=world.now) is None


def test_the_digest_itself_is_no_key(world):
    key = tokens.issue(user=world.wei, now=world.now)
    assert tokens.holder_of(key=tokens.digest_of(key=key), now=world.now) is None


def test_a_key_ends_when_its_lifetime_does(world):
    key = tokens.issue(user=world.wei, now=world.now, lifetime=timedelta(days=1))
    assert tokens.holder_of(key=key, now=world.later(hours=23)) == world.wei
    assert tokens.holder_of(key=key, now=world.later(hours=1)) is None


def test_a_suspended_person_has_no_way_in(world):
    key = tokens.issue(user=world.wei, now=world.now)
    type(world.wei).objects.filter(pk=world.wei.pk).update(is_active=False)
    assert tokens.holder_of(key=key, now=world.now) is None


def test_use_is_noted_but_not_written_on_every_request(world, django_assert_num_queries):
    key = tokens.issue(user=world.wei, now=world.now)
    with django_assert_num_queries(2):
        tokens.holder_of(key=key, now=world.now)
    with django_assert_num_queries(1):
        tokens.holder_of(key=key, now=world.later(minutes=59))
    tokens.holder_of(key=key, now=world.later(minutes=2))
    assert ApiToken.objects.get().last_used_at == world.now


def test_a_revoked_key_opens_nothing_and_nobody_revokes_a_strangers(world):
    key = tokens.issue(user=world.wei, now=world.now)
    token = ApiToken.objects.get()
    assert not tokens.revoke(user=world.sam, token_id=token.pk)
    assert tokens.holder_of(key=key, now=world.now) == world.wei
    assert tokens.revoke(user=world.wei, token_id=token.pk)
    assert tokens.holder_of(key=key, now=world.now) is None


def test_the_database_takes_only_digests(world):
    with pytest.raises(IntegrityError, match="api_token_digest_is_hex"):
        ApiToken.objects.create(user=world.wei, digest="tly_a-plain-key", created_at=world.now)


def test_issuing_and_revoking_a_key_are_noted_without_the_key(world):
    key = tokens.issue(user=world.wei, name="my script", now=world.now, actor=world.wei)
    token = ApiToken.objects.get()
    assert tokens.revoke(user=world.wei, token_id=token.pk, now=world.now)

    issued, revoked = AuditEntry.objects.filter(object_type="marketplace.apitoken").order_by("id")
    assert (issued.action, issued.actor, issued.after["name"]) == ("api_token.issued", world.wei, "my script")
    assert (revoked.action, revoked.actor, revoked.object_id) == ("api_token.revoked", world.wei, str(token.pk))
    assert key not in repr([issued.after, revoked.before])
    assert tokens.digest_of(key=key) not in repr([issued.after, revoked.before])


def test_nobody_revokes_the_key_of_another(world):
    tokens.issue(user=world.wei, now=world.now)
    assert not tokens.revoke(user=world.wanda, token_id=ApiToken.objects.get().pk)
    assert ApiToken.objects.exists()
    assert not AuditEntry.objects.filter(action="api_token.revoked").exists()


def test_a_key_that_opened_something_is_known_until_its_use_is_to_be_noted_again(world):
    key = tokens.issue(user=world.wei, now=world.now)
    assert tokens.known(key=key, now=world.now) is None

    tokens.holder_of(key=key, now=world.now)
    known = tokens.known(key=key, now=world.later(minutes=59))
    assert (known.id, known.holder) == (ApiToken.objects.get().pk, world.wei)
    assert tokens.known(key=key, now=world.later(minutes=1)) is None


def test_a_key_that_was_found_to_open_nothing_is_no_longer_known(world):
    key = tokens.issue(user=world.wei, now=world.now)
    tokens.holder_of(key=key, now=world.now)
    ApiToken.objects.all().delete()

    assert tokens.holder_of(key=key, now=world.now) is None
    assert tokens.known(key=key, now=world.now) is None


def test_only_so_many_keys_are_known_and_none_is_kept_as_such(world, monkeypatch):
    monkeypatch.setattr(tokens, "REMEMBERED", 2)
    monkeypatch.setattr(tokens, "_known", {})
    keys = [tokens.issue(user=world.wei, now=world.now) for _ in range(3)]
    for key in keys:
        tokens.holder_of(key=key, now=world.now)

    assert [tokens.known(key=key, now=world.now) is not None for key in keys] == [False, True, True]
    assert not set(keys) & set(tokens._known)
