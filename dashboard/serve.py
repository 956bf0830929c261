"""Starting the dashboard as a process of its own: one place that knows Streamlit's command line."""

import signal
import socket
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path

from groundswell.errors import InputError

APP = Path(__file__).with_name("app.py")


def serve(
    store_path: Path, host: str = "127.0.0.1", port: int = 8501, headless: bool = True, demo: bool = False
) -> subprocess.Popen[bytes]:
    """Start the dashboard over the store and return at once; the caller waits for or ends the process.

    `headless` False opens the reader's browser. `demo` says on every page that the brand is fictional and puts the
    present at the newest post. Raises InputError when the port is taken or the address is not this machine's own:
    without a login nobody else may look.
    """
    require_loopback(host)
    require_free(host, port)
    # The folder that holds our packages, so that an installed copy and a checkout start alike; it sets no options.
    return subprocess.Popen(command(store_path, host, port, headless, demo), cwd=APP.parent.parent)


def wait(page: subprocess.Popen[bytes]) -> int:
    """Wait for the page's process, and end it with ours on SIGINT or SIGTERM; returns its exit status, 0 when ended."""

    def end(*_: object) -> None:
        page.terminate()

    before = {name: signal.signal(name, end) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        status = page.wait()
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
    return max(status, 0)  # negative: ended by a signal, which is how it should end


def command(store_path: Path, host: str, port: int, headless: bool, demo: bool) -> list[str]:
    """Build the child's command line; look and privacy are in .streamlit/config.toml beside the app."""
    options = {
        "server.address": host,
        "server.port": str(port),
        "server.headless": str(headless).lower(),
        "browser.serverAddress": host,
        "browser.gatherUsageStats": "false",
        "global.developmentMode": "false",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    ours = ["--store", str(store_path.resolve()), *(["--demo"] if demo else [])]
    return [sys.executable, "-m", "streamlit", "run", str(APP), *flags, "--", *ours]


def require_loopback(host: str) -> None:
    """Refuse an address that others can reach."""
    try:
        own = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        own = False
    if not own:
        raise InputError(
            "host", f"{host} can be reached from other machines, and the dashboard has no login yet",
            "use 127.0.0.1, and a reverse proxy with a login in front of it for others",
        )  # fmt: skip


def require_free(host: str, port: int) -> None:
    """Refuse a port that is in use; Streamlit itself would silently end or take another."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise InputError(
                "port", f"{port} on {host} cannot be used: {error}",
                f"end the program that uses it, or choose another, for example --port {port + 1}",
            ) from error  # fmt: skip
