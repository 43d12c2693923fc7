"""The client's address is the proxy's word where a proxy of ours is in front, and never the client's own."""

import pytest
from django.test import RequestFactory

from marketplace.addresses import address_of


def request_from(remote="203.0.113.9", forwarded=None):
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return RequestFactory().get("/", REMOTE_ADDR=remote, headers=headers)


def test_without_a_proxy_what_the_client_says_of_itself_is_not_heard(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    assert address_of(request=request_from(forwarded="198.51.100.1")) == "203.0.113.9"


def test_behind_a_proxy_its_own_addition_counts_and_nothing_before_it(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert address_of(request=request_from(remote="10.0.0.1", forwarded="1.2.3.4, 198.51.100.1")) == "198.51.100.1"


def test_ipv6_and_ports_are_understood(settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert address_of(request=request_from(forwarded="[2001:db8::1]:4711")) == "2001:db8::1"


@pytest.mark.parametrize("remote", ["", "nonsense", "unix:"])
def test_an_address_that_is_none_is_not_made_up(settings, remote):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    assert address_of(request=request_from(remote=remote)) is None
