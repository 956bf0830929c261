"""The parts a configuration asks for, opened together and closed together."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from alerts.policy import Policy
from groundswell import clock
from groundswell.assemble import Parts, assemble
from groundswell.config import Config, pseudonym_key
from groundswell.types import Prediction
from models.readers import Reader, open_reader
from trends.settings import DetectorSettings


class _Unused:
    """Stands where a model would in a command that reads no post, for loading one takes seconds."""

    def predict(self, texts: Sequence[str], langs: Sequence[str | None] | None = None) -> list[Prediction]:
        raise AssertionError(f"{len(texts)} texts ({langs}) given to a command that reads none")


def policy(config: Config) -> Policy:
    """When people are told, as this configuration has it."""
    return Policy(**config.alerts.model_dump())


def detection(config: Config) -> DetectorSettings:
    """What makes a trend and how grave it is, as this configuration has it."""
    return DetectorSettings(**config.trends.model_dump(), severity=config.severity.rules())


def reader(config: Config) -> Reader:
    """Load the model this configuration names. Raises ModelError with what is missing."""
    model = config.model
    return open_reader(model.folder, backend=model.backend, threads=model.threads, labels=model.labels)


@contextmanager
def opened(config: Config, *, reads: bool = True) -> Iterator[Parts]:
    """The parts of this configuration, without a model unless it `reads`; the store is closed at the end."""
    parts = assemble(
        store_path=config.store_path(),
        queries=config.queries(),
        key=pseudonym_key(config),
        clock=clock.now,
        reader=reader(config) if reads else _Unused(),
        own_handles=config.own_handles(),
        wishes=config.receivers,
        policy=policy(config),
        detection=detection(config),
        dashboard_url=config.dashboard.url(),
        lease_s=config.store.lease_s,
    )
    try:
        yield parts
    finally:
        parts.store.close()
