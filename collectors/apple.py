"""Apple's way to prove who asks: a short-lived statement (JWT, ES256) signed with a key made in App Store Connect."""

import asyncio
from datetime import timedelta
from pathlib import Path

import jwt

from collectors.http import Http
from groundswell.clock import Clock
from groundswell.errors import InputError

_LIFE = timedelta(minutes=15)  # Apple accepts up to 20


class Key:
    """An API key of the team `issuer`. The file is read at the first use and leaves this host never."""

    def __init__(self, http: Http, clock: Clock, issuer: str, key_id: str, key_file: str) -> None:
        self._http, self._clock, self._statement = http, clock, ("", clock())
        self._issuer, self._key_id, self._file = issuer, key_id, Path(key_file)

    async def headers(self) -> dict[str, str]:
        """The Authorization header. Raises InputError for a file that is no key."""
        return {"Authorization": f"Bearer {await asyncio.to_thread(self._signed)}"}

    def _signed(self) -> str:
        """The statement, made anew after half its life."""
        if self._clock() < self._statement[1]:
            return self._statement[0]
        at = int(self._clock().timestamp())
        claims = {"iss": self._issuer, "iat": at, "exp": at + int(_LIFE.total_seconds()), "aud": "appstoreconnect-v1"}
        try:
            key = self._file.read_text(encoding="ascii")
            self._http.hide(key)
            signed = jwt.encode(claims, key, algorithm="ES256", headers={"kid": self._key_id})
        except OSError as error:
            hint = "give the .p8 file that Apple let you download once"
            raise InputError(str(self._file), error.strerror or "it cannot be read", hint) from None
        except (ValueError, TypeError, jwt.PyJWTError):
            raise InputError(str(self._file), "this is no EC private key", "give Apple's .p8 file") from None
        self._statement = (signed, self._clock() + _LIFE / 2)
        return signed
