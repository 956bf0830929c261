"""A mail server of forty lines for tests: speaks enough SMTP for smtplib, with STARTTLS, AUTH and chosen refusals."""

import asyncio
import contextlib
import ssl
from dataclasses import dataclass, field


@dataclass
class SmtpServer:
    """`replies` maps a command's beginning (as sent, e.g. "RCPT TO:<a@b.c>") to the answer instead of 250."""

    replies: dict[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    ssl_from_start: bool = False
    mails: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    port: int = 0

    async def __aenter__(self) -> "SmtpServer":
        context = self.tls if self.ssl_from_start else None
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *args: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            writer.write(b"220 test\r\n")
            while line := (await reader.readline()).decode("latin-1").rstrip("\r\n"):
                self.commands.append(line)
                verb = line.split(" ")[0].upper()
                answer = next((a for c, a in self.replies.items() if line.upper().startswith(c.upper())), None)
                writer.write(((answer or self._normal(line)) + "\r\n").encode())
                if verb == "QUIT" or (answer or "").startswith("421"):
                    break
                if verb == "STARTTLS" and not answer and self.tls:
                    await writer.start_tls(self.tls)
                if verb == "DATA" and not answer:
                    self.mails.append((await reader.readuntil(b"\r\n.\r\n"))[:-3])
                    writer.write(b"250 taken\r\n")
            await writer.drain()
        writer.close()

    def _normal(self, line: str) -> str:
        if line.upper().startswith("EHLO"):
            offers = ["test", "AUTH PLAIN", *(["STARTTLS"] if self.tls and not self.ssl_from_start else [])]
            return "\r\n".join(f"250{'-' if i < len(offers) - 1 else ' '}{o}" for i, o in enumerate(offers))
        known = {"DATA": "354 go on", "STARTTLS": "220 go on", "QUIT": "221 bye", "AUTH": "235 welcome"}
        return known.get(line.split(" ")[0].upper(), "250 fine")
