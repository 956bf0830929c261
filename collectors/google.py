"""Access tokens of Google: from a service account's key file, or from a refresh token; kept until they end."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import jwt

from collectors.http import Http
from collectors.items import Item
from groundswell.clock import Clock
from groundswell.errors import AuthNeeded, InputError, Malformed

TOKEN_URL = "https://oauth2.googleapis.com/token"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_EARLY = timedelta(minutes=5)

Form = Callable[[], Awaitable[tuple[str, dict[str, str]]]]
"""Makes the address to ask and the form to send."""


class Token:
    """One access token; `headers` fetches a new one when the old is about to end."""

    def __init__(self, http: Http, clock: Clock, form: Form) -> None:
        self._http, self._clock, self._form = http, clock, form
        self._value, self._until = "", clock()

    async def headers(self) -> dict[str, str]:
        """The Authorization header. Raises AuthNeeded when Google refuses the key."""
        if not self._value or self._clock() + _EARLY > self._until:
            url, form = await self._form()
            try:
                answer = await self._http.post(url, form)
            except Malformed as error:  # 400 invalid_grant
                raise AuthNeeded(str(error), "the key or refresh token is wrong, revoked or expired") from None
            item = Item(answer.json(), answer.url)
            self._value = item.id("access_token")
            self._until = self._clock() + timedelta(seconds=item.number("expires_in") or 3600)
        return {"Authorization": f"Bearer {self._value}"}


def service_account(http: Http, clock: Clock, key_file: str, scope: str) -> Token:
    """A token by the signed statement of a service account (RFC 7523). The key file is read at the first use."""

    async def form() -> tuple[str, dict[str, str]]:
        key = Item(await asyncio.to_thread(_read_key, key_file), key_file)
        http.hide(key.text("private_key"))
        at, url = int(clock().timestamp()), key.text("token_uri") or TOKEN_URL
        claims = {"iss": key.id("client_email"), "scope": scope, "aud": url, "iat": at, "exp": at + 3600}
        try:
            signed = jwt.encode(claims, key.id("private_key"), algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            hint = "download the JSON key again"
            raise InputError(key_file, "private_key is no RSA key", hint) from None
        return url, {"grant_type": _GRANT, "assertion": signed}

    return Token(http, clock, form)


def refreshed(http: Http, clock: Clock, client_id: str, client_secret: str, refresh_token: str, url: str) -> Token:
    """A token by a refresh token (RFC 6749, section 6)."""
    for secret in (client_secret, refresh_token):
        http.hide(secret)

    async def form() -> tuple[str, dict[str, str]]:
        return url, {
            "grant_type": "refresh_token", "client_id": client_id, "client_secret": client_secret,
            "refresh_token": refresh_token,
        }  # fmt: skip

    return Token(http, clock, form)


def _read_key(path: str) -> object:
    try:
        return json.loads(Path(path).read_bytes())
    except OSError as error:
        raise InputError(path, error.strerror or "it cannot be read", "give the service account's JSON key") from None
    except ValueError:
        raise InputError(path, "this is no JSON", "download the service account's key as JSON") from None
