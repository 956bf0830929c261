"""`groundswell preview-alerts`: what the rules, as written or changed, would have told of the stored posts."""

import sys
from datetime import timedelta
from typing import Annotated, Any

import typer

from groundswell.terminal import DEFAULT, ConfigPath, Json, configured, show


def preview_alerts(
    brand: Annotated[str, typer.Argument(help="Only this brand; else all.")] = "",
    config: ConfigPath = DEFAULT,
    days: Annotated[int, typer.Option(min=1, max=3660, help="How far back.")] = 90,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", help="trends.surprise=5 or severity.viral.level=L3, as if it stood in the file."),
    ] = None,
    time_zone: Annotated[str, typer.Option(help="Of office hours (Mon-Fri 9-18); else the first receiver's.")] = "",
    every: Annotated[float, typer.Option(min=1, max=60, help="Minutes between looks; a live run has 1.")] = 1.0,
    as_json: Json = False,
) -> None:
    """Say when the alert rules, as written now or with --set, would have fired on the stored posts; changes nothing."""
    from groundswell import alert_preview

    row = alert_preview.preview(
        configured(config), brand, days=days, changes=change or (), every=timedelta(minutes=every), zone=time_zone,
        say=lambda line: print(line, file=sys.stderr, flush=True),
    )  # fmt: skip
    show(row, as_json, _text(row))


def _text(row: dict[str, Any]) -> str:
    told = [row["sentence"]["en"], row["sentence"]["zh"], f"Alerts really sent in that time: {row['sent_then']}."]
    for one in row["alerts"]:
        lead = "" if one["lead_min"] is None else f"\t{one['lead_min']:+.0f} min to peak"
        told.append(f"{one['at'][:16]} {one['severity']} {one['brand']} {one['story']}{lead}\t{one['title']}")
    return "\n".join(told)
