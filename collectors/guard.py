"""No request into our own network.

Addresses are checked when a name is resolved, and each again where its socket is made: neither a name that resolves to
something else the second time, nor a redirect followed by somebody else (a websocket's), reaches a private one.
"""

import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address

from aiohappyeyeballs import AddrInfoType
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from groundswell.errors import SourceError

_NAT64 = 0x0064_FF9B << 96  # 64:ff9b::/96, RFC 6052: the last 32 bits are an IPv4 address
_SCHEMES = frozenset({"http", "https", "ws", "wss"})


class Refused(SourceError):
    """The address lies in a private, loopback, link-local or otherwise special network, or is no web address."""


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet; addresses hidden inside IPv6 count as themselves."""
    try:
        ip = ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or _nat64(ip)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _nat64(ip: IPv6Address) -> IPv4Address | None:
    return IPv4Address(int(ip) & 0xFFFF_FFFF) if int(ip) >> 32 == _NAT64 >> 32 else None


class Guard:
    """Says which hosts may be asked. `allow` names local servers as "host" or "host:port", exactly."""

    def __init__(self, allow: Collection[str] = ()) -> None:
        self.allow = frozenset(name.lower() for name in allow)
        self._own = set[tuple[str, int]]()

    def is_allowed(self, host: str, port: int | None) -> bool:
        """Whether this host is on the allow list, with or without its port."""
        host = host.lower().rstrip(".")
        return host in self.allow or f"{host}:{port}" in self.allow

    def admit(self, address: str, port: int) -> None:
        """Let sockets be made for an address that a name on the allow list resolved to."""
        self._own.add((address, port))

    def socket(self, info: AddrInfoType) -> socket.socket:
        """Make the socket for one address, as aiohttp asks. Raises Refused for one that may not be connected to."""
        family, kind, proto, _, place = info
        address, port = str(place[0]), int(place[1])
        is_own = (address, port) in self._own or self.is_allowed(address, port)
        if not is_own and not is_public(address):
            raise Refused(f"{address} is not a public address", "add it to the allow list if it is yours on purpose")
        return socket.socket(family, kind, proto)

    def check(self, url: URL) -> None:
        """Raise Refused for another scheme, a missing host, a user name in the address, or a private IP literal."""
        if url.scheme not in _SCHEMES or not url.host:
            raise Refused(f"{url.scheme or 'no scheme'}: only http and https addresses are fetched", "correct the url")
        if url.user or url.password:
            raise Refused(f"{url.host}: no user name or password in an address", "use the source's key option")
        literal = url.host.strip("[]")
        if _is_ip(literal) and not is_public(literal) and not self.is_allowed(url.host, url.port):
            raise Refused(f"{url.host} is not a public address", "add it to the allow list if it is yours on purpose")


def _is_ip(host: str) -> bool:
    try:
        ip_address(host.split("%", 1)[0])
    except ValueError:
        return False
    return True


def guarded_session(guard: Guard, user_agent: str, timeout_s: float) -> ClientSession:
    """Open a session that keeps no cookies, follows no proxy of the environment and connects where `guard` lets it."""
    resolver = GuardedResolver(guard)
    connector = TCPConnector(resolver=resolver, socket_factory=guard.socket, limit_per_host=2, ttl_dns_cache=300)
    return ClientSession(
        connector=connector,
        timeout=ClientTimeout(total=timeout_s, connect=15),
        cookie_jar=DummyCookieJar(),
        headers={"User-Agent": user_agent, "Accept-Encoding": "gzip, deflate"},
        trust_env=False,
        auto_decompress=False,  # it would be done on the loop: collectors/request.py does it in a thread
    )


class GuardedResolver(AbstractResolver):
    """Resolves names and hands aiohttp only addresses it may connect to."""

    def __init__(self, guard: Guard, inner: AbstractResolver | None = None) -> None:
        self._guard, self._inner = guard, inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve; raise Refused when any address is not public: a mixed answer is an attack, not an accident."""
        found = await self._inner.resolve(host, port, family)
        if self._guard.is_allowed(host, port):
            for entry in found:
                self._guard.admit(entry["host"], port)
        elif not all(is_public(entry["host"]) for entry in found):
            hint = "put it on the allow list if it is yours"
            raise Refused(f"{host} resolves to an address that is not public", hint)
        return found

    async def close(self) -> None:
        """Close the resolver that does the asking."""
        await self._inner.close()
