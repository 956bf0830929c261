import subprocess
import sys
from pathlib import Path

WATCH = """
import socket, sys
def refused(*args, **kwargs):
    print("asked for", args, file=sys.stderr)
    raise OSError("no network in this test")
socket.getaddrinfo = refused
sys.argv = ["groundswell", "classify", "-", "--json"]
from groundswell import cli
try:
    cli.main()
finally:
    import time
    time.sleep(1)  # openvino tells from a thread of its own
"""


def test_reading_a_post_tells_nobody_and_leaves_the_compiled_graph_alone_in_the_home_folder(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCH], input='{"text": "terrible kettle"}\n', capture_output=True, text=True,
        env={"HOME": str(tmp_path), "PATH": "", "PYTHONPATH": ":".join(sys.path)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '"scored": true' in done.stdout
    assert "asked for" not in done.stderr
    left = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.parent.as_posix() for path in left] == [".cache/groundswell"], "openvino_telemetry keeps an id here"
    assert left[0].suffix == ".blob"
