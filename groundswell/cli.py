"""The command line: parse, call one function, print. Exit 0 ok, 1 a failure, 2 wrong use.

Longer than other files because every command and its options are declared here and nothing else is.
"""

import io
import json
import logging
import math
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from groundswell import plugins, preview_commands, story_commands
from groundswell.errors import GroundswellError, InputError, Malformed, UnknownName
from groundswell.terminal import (
    DEFAULT,
    ConfigPath,
    Json,
    Model,
    ModelConfigPath,
    chosen_reader,
    configured,
    echo,
    show,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Groundswell 暗涌: what customers say, and which complaint is spreading.",
)
app.add_typer(story_commands.app, name="story")
app.command(name="preview-alerts")(preview_commands.preview_alerts)


@app.callback()
def configure(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log every stage to stderr.")] = False,
) -> None:
    """Set up logging; no other module does."""
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s"
    )


@app.command()
def classify(
    file: Annotated[
        str,
        typer.Argument(help="JSON lines with `text` (optional `id`, `lang`, `toward`, `rivals`); - is standard input."),
    ] = "-",
    as_json: Json = False,
    model: Model = None,
    config: ModelConfigPath = None,
) -> None:
    """Read posts and say what each one means; one line out per line in, in order."""
    from groundswell import classifying

    lines = classifying.Lines(file, chosen_reader(model, config))
    for row in lines:
        native = " ".join(str(row["id"]).split())  # a line break in it would be a line more
        show(row, as_json, f"{native}\t{row.get('label') or row.get('reason')}\t{', '.join(row.get('topics_on', []))}")
    if lines.wrong:
        raise InputError(lines.where, f"{lines.wrong} lines not read, the first: {lines.first}", classifying.WANTED)


@app.command()
def parse(
    source: Annotated[str, typer.Argument(help=f"One of {', '.join(plugins.names('groundswell.collectors'))}.")],
    file: Annotated[Path, typer.Argument(help="What the source answered, as it came.")],
    as_json: Json = False,
) -> None:
    """Turn a recorded answer of SOURCE into posts: one line per page."""
    from groundswell import recordings

    _known_source(source)
    try:
        for page in recordings.parse(source, file):
            show(page, as_json, f"{len(page['posts'])} posts, {len(page['gone'])} gone, gap: {page['gap'] or 'none'}")
    except (Malformed, InputError) as error:
        if not as_json:
            raise
        echo({"error": {"type": type(error).__name__, "where": error.where, "hint": error.hint or str(error)}})
        raise typer.Exit(1) from error


@app.command()
def replay(
    file: Annotated[
        Path,
        typer.Argument(
            help="JSON lines, also .gz: `id`, `ts`, `text`, `source`, optional `author`, `lang`, `parent`, `cascade`,"
            " `likes`, `reposts`, `followers`."
        ),
    ],
    brand: Annotated[str, typer.Option(help="The brand to watch.")],
    any_terms: Annotated[
        list[str] | None, typer.Option("--any", help="A term that names it; may be given again.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="Take reader, rules and the brand's terms from here; else what ships."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run recorded posts through the whole pipeline, on their own clock; prints each alert event."""
    from alerts.render import event_line
    from groundswell import replay as replaying
    from groundswell.types import Query

    read = configured(config) if config else None
    query = Query(brand=brand, any_terms=tuple(any_terms or [brand]))
    if read and not any_terms:
        query = next((known for known in read.queries() if known.brand == brand), query)
    for alert in replaying.replay(replaying.read_posts(file), query, read):
        row = event_line(alert)
        show(row, as_json, f"{row['at']} {row['event']:<8} {row['severity']} {row['title']}: {row['reason']}")


@app.command(name="import")
def import_(
    file: Path,
    config: ConfigPath = DEFAULT,
    brand: Annotated[
        str, typer.Option(help="Everything in the file is about this brand; else the queries decide.")
    ] = "",
    source: Annotated[
        str, typer.Option(help="Where the posts come from; equal ids of one source are one post.")
    ] = "import",
    field: Annotated[list[str] | None, typer.Option(help="post_field=column, for columns with other names.")] = None,
    time_zone: Annotated[str, typer.Option(help="Of times that name none.")] = "UTC",
    as_json: Json = False,
) -> None:
    """Take posts from a CSV, JSON-lines or Parquet file into the store and read them."""
    from collectors.rows import ALIASES
    from groundswell import chores

    fields = {"external_id" if name == "id" else name: column for name, column in map(_pair, field or [])}
    if unknown := fields.keys() - ALIASES.keys():
        raise typer.BadParameter(f"--field {min(unknown)}=...: no such post field; there are {', '.join(ALIASES)}")
    row = chores.import_file(configured(config), file, brand=brand, source=source, fields=fields, time_zone=time_zone)
    counts = f"{row['new']} new, {row['updated']} updated, {row['unchanged']} unchanged"
    counts += f", {row['erased']} erased (their new words name no brand)" if row["erased"] else ""
    told = f"{counts}, {row['skipped']} about no watched brand"
    told += "" if row["read_by"] == "import" else "; `groundswell run` is at work and reads them"
    show(row, as_json, f"{told}\n{row['gap']}" if row["gap"] else told)


@app.command()
def collect(
    config: ConfigPath = DEFAULT, source: Annotated[list[str] | None, typer.Argument()] = None, as_json: Json = False
) -> None:
    """Visit every source (or the named ones) once and store what is new; nothing is classified."""
    from groundswell import run

    _show_sources(run.collect(_require_sources(configured(config)), source or []), as_json)


@app.command(name="run")
def run_(
    config: ConfigPath = DEFAULT,
    once: Annotated[bool, typer.Option("--once", help="One round of every stage, then exit.")] = False,
    as_json: Json = False,
) -> None:
    """Watch: collect, read, detect and alert until SIGTERM or Ctrl-C."""
    for name in (signal.SIGTERM, signal.SIGINT) if not once else ():
        signal.signal(name, lambda *_: sys.exit(0))  # while the program loads; then the event loop takes over
    from groundswell import run

    read = _require_sources(configured(config))
    if once:
        _show_sources(run.once(read), as_json)
    else:
        logging.getLogger("groundswell").setLevel(logging.INFO)  # a service says what it does
        run.forever(read)


@app.command()
def status(config: ConfigPath = DEFAULT, as_json: Json = False) -> None:
    """Posts per state, freshness per source, queue depth, last errors."""
    from groundswell import chores

    row = chores.status(configured(config))
    show(row, as_json, json.dumps(row, indent=1, ensure_ascii=False))


@app.command()
def export(
    out: Annotated[str, typer.Argument(help="A .jsonl or .csv file; - is standard output, as JSON lines.")] = "-",
    config: ConfigPath = DEFAULT,
    brand: Annotated[str, typer.Option(help="Only this brand.")] = "",
) -> None:
    """Write the stored posts with what the reader said of them."""
    from groundswell import chores

    count = chores.export(configured(config), out, brand)
    print(f"{count} posts written to {out}", file=sys.stderr)


@app.command()
def forget(
    author: Annotated[str, typer.Option(help="source:handle as the source shows it, or a stored pseudonym.")],
    config: ConfigPath = DEFAULT,
    as_json: Json = False,
) -> None:
    """Erase everything one author wrote, from every table and index."""
    from groundswell import chores

    row = chores.forget(configured(config), author)
    show(row, as_json, f"erased {row['posts']} posts and {row['quotes']} quotes")


@app.command()
def label(
    post_id: Annotated[int | None, typer.Argument(help="As `export` and `--sample` print it.")] = None,
    sentiment: Annotated[str, typer.Option(help="negative, neutral or positive; none takes a label back.")] = "",
    sample: Annotated[bool, typer.Option("--sample", help="Print last week's posts to label.")] = False,
    report: Annotated[bool, typer.Option("--report", help="How right the reader was on them.")] = False,
    each: Annotated[int, typer.Option(min=1, help="Sampled posts per language and source.")] = 20,
    config: ConfigPath = DEFAULT,
    as_json: Json = False,
) -> None:
    """Say what a post really means (it outranks the reader), or check the reader on a weekly sample."""
    from groundswell import labelling

    if sum((post_id is not None, sample, report)) != 1:
        raise typer.BadParameter("give a POST_ID with --sentiment, or --sample, or --report")
    read = configured(config)
    if sample:
        for row in labelling.sample(read, each):
            show(
                row,
                as_json,
                f"{row['id']}\t{row['lang']}\t{row['source']}\t{'*' if row['done'] else ''}\t{row['text']}",
            )
    elif report:
        found = labelling.report(read, each)
        show(found, as_json, json.dumps(found, indent=1, ensure_ascii=False))
    else:
        assert post_id is not None
        row = labelling.label(read, post_id, sentiment)
        show(row, as_json, f"post {row['id']}: {row['sentiment']}")


@app.command()
def train(
    out: Annotated[Path, typer.Option(help="Folder for checkpoints and the finished reader.")],
    data: Annotated[Path | None, typer.Option(help="Folder of labelled posts: train-*, dev-*.jsonl.gz.")] = None,
    base: Annotated[Path | None, typer.Option(help="The checkpoint to start from.")] = None,
    scale: Annotated[float, typer.Option(help="Share of the posts to draw; 1 is what ships.")] = 1.0,
    corrections: Annotated[
        bool, typer.Option("--corrections", help="Learn from the store's labels instead; guarded by the suites.")
    ] = False,
    suites: Annotated[Path | None, typer.Option(help="The guard's; else the checkout's tests/models.")] = None,
    config: ConfigPath = DEFAULT,
) -> None:
    """Train, export and calibrate a reader; resumes a broken run. Needs the extra `train`."""
    from groundswell import labelling, training

    if corrections:
        print(json.dumps(labelling.learn(configured(config), out, training.suites_folder(suites))))
        return
    if data is None or base is None:
        raise typer.BadParameter("give --data and --base, or --corrections")
    if not 0 < scale < math.inf:
        raise typer.BadParameter(f"--scale {scale}: want a share above 0")
    logging.getLogger("models").setLevel(logging.INFO)
    print(training.build(data, base, out, scale, say=lambda line: print(line, file=sys.stderr)))


@app.command()
def evaluate(
    data: Annotated[Path | None, typer.Option(help="Folder of labelled posts: dev-*, test-*.jsonl.gz.")] = None,
    model: Model = None,
    config: ModelConfigPath = None,
    suites: Annotated[
        Path | None, typer.Option(help="Folder of the written suites; else the checkout's tests/models.")
    ] = None,
    baselines: Annotated[
        bool, typer.Option("--baselines", help="VADER and SnowNLP beside it; needs the extra `bench`.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure a reader on public tests and on the written suites."""
    from groundswell import training

    reader = chosen_reader(model, config)
    row = training.evaluate(data, reader, suites, baselines, say=lambda line: print(line, file=sys.stderr))
    show(row, as_json, training.table(row))


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Of the dashboard on 127.0.0.1.")] = 8501,
    dashboard: Annotated[bool, typer.Option(help="Open the dashboard beside the replay.")] = True,
) -> None:
    """Three weeks of a fictional brand; its last hours replayed quickened, with the crisis and its alert."""
    from groundswell.demo import play

    play.play(port=port, with_dashboard=dashboard, say=lambda line: print(line, flush=True))


@app.command(name="dashboard")
def dashboard_(
    config: ConfigPath = DEFAULT, port: Annotated[int | None, typer.Option(help="Instead of the file's.")] = None
) -> None:
    """Show the store on http://127.0.0.1:8501 until Ctrl-C."""
    from dashboard.serve import serve, wait

    read = configured(config)
    page = serve(read.store_path(), host=read.dashboard.host, port=port or read.dashboard.port)
    print(f"http://{read.dashboard.host}:{port or read.dashboard.port}  (Ctrl-C ends it)", flush=True)
    raise typer.Exit(wait(page))


@app.command()
def init(path: Annotated[Path, typer.Argument()] = DEFAULT) -> None:
    """Write a configuration with every key explained."""
    from groundswell import starting

    starting.write(path)
    print(f"wrote {path}; edit it, then: groundswell check {path}")


@app.command()
def check(
    what: Annotated[str, typer.Argument(help="A configuration file, or the name of a source in it.")] = str(DEFAULT),
    config: ConfigPath = DEFAULT,
    record: Annotated[
        Path | None, typer.Option(help="Keep what the source answered in this file, for `groundswell parse`.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check the configuration, its secrets, the store and the weights; or one source: its key and limits."""
    from groundswell import starting

    is_file = what.endswith(".toml") or Path(what).is_file()
    row = starting.check(Path(what)) if is_file else starting.check_source(config, what, record)
    said = ((name, "none" if found in (None, {}) else found) for name, found in row.items())
    show(row, as_json, "\n".join(f"ok  {name}: {found}" for name, found in said))


@app.command()
def preview(brand: str, config: ConfigPath = DEFAULT, as_json: Json = False) -> None:
    """Say which stored posts BRAND's query, as it is written now, would keep, drop and add; changes nothing."""
    from groundswell import preview as previewing

    row = previewing.preview(configured(config), brand)
    short = ((name, found) for name, found in row.items() if not name.endswith("_ids"))
    show(row, as_json, "\n".join(f"{name}: {found}" for name, found in short))


def main() -> None:
    """Run the command line; an error of ours, or of the machine, is a message and exit 1 or 2, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what the terminal's encoding lacks is shown escaped
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except GroundswellError as error:
        _fail(str(error), error.hint, 2 if isinstance(error, UnknownName) else 1)
    except BrokenPipeError:
        _close_output()
    except OSError as error:
        if error.filename is None:
            _close_output()
        place = error.filename or "output"
        _fail(f"{place}: {error.strerror or error}", "look at its disk, its rights and what else uses it")


def _fail(message: str, hint: str, code: int = 1) -> NoReturn:
    print(f"error: {message}" + (f"\n  try: {hint}" if hint else ""), file=sys.stderr)
    sys.exit(code)


def _close_output() -> None:
    """Nobody reads it, or it is full: what is left in the buffer must not fail again at the exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _show_sources(rows: Iterator[dict[str, Any]], as_json: bool) -> None:
    failed = False
    for row in rows:
        failed = failed or bool(row.get("error"))
        show(row, as_json, _fared(row))
    if failed:
        raise typer.Exit(1)


def _fared(row: dict[str, Any]) -> str:
    told = f"{row['source']}: {row['outcome']}, {row['posts']} posts read, {row['new']} new ones about a brand stored"
    told += f"\n  {row['error']}" if row.get("error") else ""
    return told + (f"\n  try: {row['hint']}" if row.get("hint") else "")


def _require_sources(config: Any) -> Any:
    if not config.sources:
        print("no [[sources]] in the configuration: nothing is collected", file=sys.stderr)
    return config


def _known_source(name: str) -> None:
    known = plugins.names("groundswell.collectors")
    if name not in known:
        raise typer.BadParameter(f"unknown source {name!r}; known: {', '.join(known)}")


def _pair(item: str) -> tuple[str, str]:
    name, equals, column = item.partition("=")
    if not (name and equals and column):
        raise typer.BadParameter(f"--field {item!r}: want post_field=column, as in text=评论内容")
    return name, column
