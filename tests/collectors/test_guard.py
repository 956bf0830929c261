import asyncio
import socket

import pytest
from aiohttp.abc import AbstractResolver
from yarl import URL

from collectors.guard import Guard, GuardedResolver, Refused, is_public
from collectors.redact import Redactor


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "no address",
    ],
)  # fmt: skip
def test_special_addresses_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_are(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://a.example/", "http://user:pw@a.example/", "http://10.0.0.1/", "http://[::1]:80/"],
)
def test_addresses_nobody_should_ask_are_refused(url):
    with pytest.raises(Refused):
        Guard().check(URL(url))


def test_the_allow_list_is_exact():
    guard = Guard(["127.0.0.1:8080", "intranet"])
    guard.check(URL("http://127.0.0.1:8080/x"))
    assert guard.is_allowed("INTRANET", 99)
    with pytest.raises(Refused):
        guard.check(URL("http://127.0.0.1:8081/x"))


class Rebinding(AbstractResolver):
    """Answers with a public address first and with a private one from the second time on."""

    def __init__(self):
        self.times = 0

    async def resolve(self, host, port=0, family=socket.AF_INET):
        self.times += 1
        address = "93.184.216.34" if self.times == 1 else "127.0.0.1"
        return [{"hostname": host, "host": address, "port": port, "family": family, "proto": 0, "flags": 0}]

    async def close(self):
        pass


def test_a_name_that_changes_its_address_is_refused_at_the_connection():
    async def main():
        resolver = GuardedResolver(Guard(), Rebinding())
        assert (await resolver.resolve("evil.example", 80))[0]["host"] == "93.184.216.34"
        with pytest.raises(Refused):
            await resolver.resolve("evil.example", 80)

    asyncio.run(main())


def info(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, 80)


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1"])
def test_no_socket_is_made_for_a_private_address_however_it_was_come_by(address):
    guard = Guard(["10.9.9.9:80"])
    with pytest.raises(Refused):
        guard.socket(info(address))
    guard.socket(info("93.184.216.34")).close()
    guard.socket(info("10.9.9.9")).close()


def test_a_name_on_the_allow_list_may_resolve_to_a_private_address():
    class Inside(AbstractResolver):
        async def resolve(self, host, port=0, family=socket.AF_INET):
            return [{"hostname": host, "host": "10.1.2.3", "port": port, "family": family, "proto": 0, "flags": 0}]

        async def close(self):
            pass

    guard = Guard(["wiki.corp:80"])
    asyncio.run(GuardedResolver(guard, Inside()).resolve("wiki.corp", 80))
    guard.socket(info("10.1.2.3")).close()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("https://a.example/?access_token=abc123&q=1", "abc123"),
        ("https://a.example/?q=1&key=abc123", "abc123"),
        ("Authorization: Bearer abc123def456", "abc123def456"),
        ("https://joe:abc123@a.example/", "abc123"),
    ],
)
def test_secrets_behind_telling_names_are_masked(text, secret):
    assert secret not in Redactor()(text)
    assert "a.example" in Redactor()(text) or "Bearer" in text


def test_a_secret_is_masked_as_it_stands_in_an_address_too():
    redact = Redactor()
    redact.hide("a b/c:d+e")
    for shown in ("a b/c:d+e", "x=a%20b%2Fc%3Ad%2Be", "/a%20b/c%3Ad%2Be/", "x=a+b%2Fc%3Ad%2Be"):
        assert "b" not in redact(shown).replace("[hidden]", "")


def test_innocent_words_stay():
    assert Redactor()("https://a.example/?q=monkey&page=2") == "https://a.example/?q=monkey&page=2"
