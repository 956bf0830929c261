"""E-mail against a real SMTP server on this machine."""

import asyncio
import importlib.util
import logging
import shutil
import ssl
import subprocess
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from alerts.reader import Reader
from alerts.receivers.mail import Email, message_id
from groundswell.errors import DeliveryError, InputError

PASSWORD = "c0rrect-horse-battery"


def _load():
    """Tests are no package: the server beside this file is loaded by its path."""
    spec = importlib.util.spec_from_file_location("smtp_server", Path(__file__).with_name("smtp_server.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SmtpServer


SmtpServer = _load()


def mailer(t0, port=25, **options):
    given = {"host": "127.0.0.1", "sender": "groundswell@halvero.example", "to": ("press@halvero.example",),
             "security": "none"} | options  # fmt: skip
    return Email(Reader(), lambda: t0, port=port, **given)


def deliver(notifications, t0, server=None, **options):
    """Send to a server and return it with what it heard."""
    server = server or SmtpServer()

    async def run() -> None:
        async with server:
            for notification in notifications:
                await mailer(t0, server.port, **options).send(notification)

    asyncio.run(run())
    return server


def parsed(raw):
    return message_from_bytes(raw, policy=policy.default)


def test_a_mail_arrives_whole(make_notification, t0):
    notification = make_notification(title="水壶漏水 <b>")
    server = deliver([notification], t0)
    mail = parsed(server.mails[0])
    assert mail["Subject"] == "[L3 serious] Halvero: 水壶漏水 <b> · new"
    assert mail["To"] == "press@halvero.example"
    assert mail["From"] == "groundswell@halvero.example"
    assert mail["Date"].datetime == t0
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    for quote in notification.alert.quotes:
        assert quote in text
    assert "&lt;b&gt;" in html
    assert "<b>" in html.replace("&lt;b&gt;", "")


def test_a_retry_carries_the_same_message_id_and_a_mail_store_drops_it(make_notification, t0):
    notification = make_notification()
    server = deliver([notification, notification, make_notification(receiver="other")], t0)
    kept = {parsed(raw)["Message-ID"]: raw for raw in server.mails}
    assert len(server.mails) == 3
    assert len(kept) == 2
    assert message_id(notification.key, "halvero.example") in kept


def test_updates_answer_the_first_mail_of_their_incident(make_notification, t0):
    first = make_notification()
    update = make_notification(number=2)
    mails = [parsed(raw) for raw in deliver([first, update], t0).mails]
    assert mails[0]["In-Reply-To"] is None
    assert mails[1]["In-Reply-To"] == mails[1]["References"] == mails[0]["Message-ID"] != mails[1]["Message-ID"]


@pytest.mark.parametrize(
    "evil", ["x\r\nBcc: victim@evil.example", "x\nSubject: y", "\r\n.\r\nMAIL FROM:<a@b>", "x\u2028y"]
)
def test_no_title_or_post_writes_headers_or_commands(evil, make_notification, t0):
    server = deliver([make_notification(title=evil, texts=(evil, "b", "c"), brand=evil)], t0)
    mail = parsed(server.mails[0])
    assert len(server.mails) == 1
    assert mail["Bcc"] is None
    assert len(mail.get_all("Subject")) == 1
    recipients = [c[8:] for c in server.commands if c.upper().startswith("RCPT TO:")]
    assert recipients == ["<press@halvero.example>"]


@pytest.mark.parametrize(
    ("command", "answer", "permanent"),
    [
        ("MAIL", "550 no", True),
        ("MAIL", "451 later", False),
        ("RCPT", "550 no such user", True),
        ("RCPT", "450 greylisted", False),
        ("DATA", "554 spam", True),
        ("DATA", "452 full", False),
        ("AUTH", "535 wrong", True),
        ("AUTH", "454 later", False),
        ("EHLO", "421 going down", False),
    ],
)
def test_answers_say_whether_to_try_again(command, answer, permanent, make_notification, t0):
    with pytest.raises(DeliveryError) as caught:
        deliver([make_notification()], t0, SmtpServer(replies={command: answer, "HELO": answer}), user="u",
                password=PASSWORD)  # fmt: skip
    assert caught.value.permanent is permanent


def test_no_server_is_tried_again(make_notification, t0):
    with pytest.raises(DeliveryError) as caught:
        asyncio.run(mailer(t0, port=1).send(make_notification()))
    assert caught.value.retry


def test_one_refused_address_of_two_is_no_reason_to_wake_the_other_again(make_notification, t0, caplog):
    to = ("a@halvero.example", "b@halvero.example")
    server = deliver([make_notification()], t0, SmtpServer(replies={"RCPT TO:<a@": "550 gone"}), to=to)
    assert len(server.mails) == 1
    assert "mail_partly_refused" in caplog.text
    assert "a@halvero" not in caplog.text
    with pytest.raises(DeliveryError) as caught:
        deliver([make_notification()], t0, SmtpServer(replies={"RCPT TO:<a@": "450 later"}), to=to)
    assert caught.value.retry


def test_the_password_is_nowhere(make_notification, t0, caplog):
    caplog.set_level(logging.DEBUG)
    server = SmtpServer(replies={"AUTH": f"535 wrong: {PASSWORD}"})
    with pytest.raises(DeliveryError) as caught:
        deliver([make_notification()], t0, server, user="u", password=PASSWORD)
    assert any(c.startswith("AUTH") for c in server.commands)
    error = caught.value
    assert error.__suppress_context__
    assert PASSWORD not in f"{error!r} {error} {error.hint} {caplog.text}"
    assert PASSWORD not in repr(mailer(t0, user="u", password=PASSWORD))


@pytest.mark.parametrize(
    "options",
    [
        {"host": "mail.example.com", "password": PASSWORD, "user": "u"},
        {"to": ()},
        {"to": ("a@b.example\r\nBcc: x@y.example",)},
        {"to": ("a@b.example, x@y.example",)},
        {"to": ("nobody",)},
        {"sender": ""},
        {"sender": "水@例子.example"},
        {"password": "密码-密码"},
    ],
)
def test_unsafe_settings_are_refused(options, t0):
    with pytest.raises(InputError) as caught:
        mailer(t0, **options)
    assert "密码" not in str(caught.value)
    assert PASSWORD not in str(caught.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    if not shutil.which("openssl"):
        pytest.skip("no openssl command: no certificate to test TLS with")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem",
         "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, str(folder / "cert.pem")


@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_mail_travels_encrypted(security, certificate, make_notification, t0):
    context, ca_file = certificate
    server = SmtpServer(tls=context, ssl_from_start=security == "ssl")
    deliver([make_notification()], t0, server, security=security, ca_file=ca_file, user="u", password=PASSWORD)
    assert len(server.mails) == 1
    if security == "starttls":
        auth = next(i for i, c in enumerate(server.commands) if c.startswith("AUTH"))
        assert server.commands.index("STARTTLS") < auth


@pytest.mark.parametrize("security", ["starttls", "ssl"])
def test_a_stranger_with_another_certificate_gets_no_password(security, certificate, make_notification, t0):
    server = SmtpServer(tls=certificate[0], ssl_from_start=security == "ssl")
    with pytest.raises(DeliveryError, match="SSLCertVerificationError"):
        deliver([make_notification()], t0, server, security=security, user="u", password=PASSWORD)
    assert not any(c.startswith("AUTH") for c in server.commands)
    assert server.mails == []


def test_a_server_without_encryption_gets_no_password(make_notification, t0):
    server = SmtpServer()
    with pytest.raises(DeliveryError, match="NotSupported") as caught:
        deliver([make_notification()], t0, server, security="starttls", user="u", password=PASSWORD)
    assert caught.value.permanent
    assert not any(c.startswith("AUTH") for c in server.commands)
