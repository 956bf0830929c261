"""Letters from a file and from a mailbox."""

import asyncio
import socketserver
import threading

import pytest

from collectors.guard import Refused
from collectors.http import Http
from collectors.imap import Imap
from collectors.mail import Mail
from groundswell.errors import AuthNeeded
from groundswell.types import Kind
from tests.collectors.walks import ids, last

SECRET = "0123456789abcdef"


def test_mail_reads_parts_charsets_and_threads_and_reads_a_grown_file_on(recording, tmp_path, time):
    (page,) = Mail.parse(recording("mail.mbox"), "x")
    first, second, third = page.posts
    assert first.text.startswith("Kettle leaks\n\nIt leaks from the base.")
    assert second.text == "Re: Kettle leaks\n\nMine too & no refund."
    assert (second.parent, second.kind) == (first.external_id, Kind.COMMENT)
    assert third.external_id
    path = tmp_path / "list.mbox"
    path.write_bytes(recording("mail.mbox"))

    async def walk(cursor):
        return [page async for page in Mail(None, time.clock, path=str(path)).pages(cursor)]

    cursor = dict(asyncio.run(walk({}))[-1].cursor)
    headers = b"From: x@y.example\nDate: Wed, 18 Nov 2026 12:05:00 +0000\nSubject: New\n"
    letter = b"\nFrom x@y.example  Wed Nov 18 12:05:28 2026\n" + headers + b"\nnew\n"
    path.write_bytes(recording("mail.mbox") + letter)
    assert asyncio.run(walk(cursor))[-1].posts[-1].text == "New\n\nnew"


class MailServer(socketserver.ThreadingTCPServer):
    """As much IMAP as a reader needs: LOGIN, SELECT, UID SEARCH, UID FETCH, LOGOUT."""

    allow_reuse_address, daemon_threads = True, True

    def __init__(self, letters, validity=7, password=SECRET):
        super().__init__(("127.0.0.1", 0), MailHandler)
        self.letters, self.validity, self.password, self.said = letters, validity, password, []

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class MailHandler(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline().decode().strip():
            tag, _, command = line.partition(" ")
            self.server.said.append(command)
            if not self.answer(tag, command):
                return

    def answer(self, tag, command):
        server, verb, say = self.server, command.upper(), lambda text: self.wfile.write(f"{text}\r\n".encode())
        if verb.startswith("LOGIN") and server.password not in command:
            say(f"{tag} NO wrong")
            return True
        if verb.startswith("CAPABILITY"):
            say("* CAPABILITY IMAP4rev1")
        elif verb.startswith(("EXAMINE", "SELECT")):
            say(f"* {len(server.letters)} EXISTS\r\n* OK [UIDVALIDITY {server.validity}] valid")
        elif verb.startswith("UID SEARCH"):
            words = verb.split()
            start = int(words[3].partition(":")[0]) if words[2] == "UID" else 1
            uids = [uid for uid in server.letters if uid >= start] or list(server.letters)[-1:]  # as RFC 3501 has it
            say(f"* SEARCH {' '.join(map(str, uids))}")
        elif verb.startswith("UID FETCH"):
            for uid in map(int, verb.split()[2].split(",")):
                raw = server.letters[uid]
                self.wfile.write(f"* {uid} FETCH (UID {uid} BODY[]<0> {{{len(raw)}}}\r\n".encode() + raw + b")\r\n")
        say(f"{tag} OK done")
        return not verb.startswith("LOGOUT")


def letter(number):
    return (f"Message-ID: <m{number}@x.example>\r\nDate: Wed, 18 Nov 2026 09:00:{number % 60:02} +0000\r\n"
            f"From: Ada <ada@x.example>\r\nSubject: Kettle {number}\r\n\r\nIt leaks\r\n").encode()  # fmt: skip


def mailbox(time, server, *cursors, allow=True, password=SECRET):
    async def main():
        host, port = server.server_address
        async with Http(time.clock, allow=("127.0.0.1",) if allow else ()) as http:
            source = Imap(http, time.clock, host=host, port=port, user="u", password=password, tls=False)
            walks = []
            for cursor in cursors or ({},):
                walks.append([page async for page in source.pages(cursor(walks) if callable(cursor) else cursor)])
            return walks

    return asyncio.run(main())


def test_letters_are_read_on_by_uid_and_left_as_they_are(time):
    with MailServer({n: letter(n) for n in range(1, 121)}) as server:

        def grown(walks):
            server.letters[121] = letter(121)
            return last(walks)

        first, second, third = mailbox(time, server, {}, grown, last)
    assert [len(page.posts) for page in first] == [50, 50, 20]
    assert ids(second) == ["m121@x.example"]
    assert ids(third) == []
    assert not any("STORE" in command or "DELETE" in command for command in server.said)
    assert all(command.startswith("EXAMINE") for command in server.said if "INBOX" in command)


def test_a_new_numbering_reads_all_again_and_says_so(time):
    with MailServer({1: letter(1)}) as server:
        first = mailbox(time, server)[0]
        server.validity = 8
        (again,) = mailbox(time, server, first[-1].cursor)
    assert ids(again) == ["m1@x.example"]
    assert "anew" in again[0].gap


def test_a_damaged_letter_costs_only_itself(time):
    with MailServer({1: b"no letter at all", 2: letter(2)}) as server:
        (pages,) = mailbox(time, server)
    assert ids(pages) == ["m2@x.example"]
    assert "1 letters not read" in pages[0].gap


def test_a_wrong_password_and_a_private_address_are_refused(time):
    with MailServer({1: letter(1)}) as server:
        with pytest.raises(AuthNeeded) as caught:
            mailbox(time, server, password="wrong-password")
        assert "wrong-password" not in str(caught.value)
        with pytest.raises(Refused):
            mailbox(time, server, allow=False)
