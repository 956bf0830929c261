"""How long each source may bring nothing: as configured, else as it has been so far."""

from groundswell.config import Config
from storage.store import Store


def expect(store: Store, config: Config) -> None:
    """Say it to the store; of a source that is silent now nothing new is learned until it brings something again."""
    silent = {source.source for source in store.sources() if source.is_silent}
    for source in config.sources:
        if source.expected_silence_s is not None:
            store.expect(source.name, source.expected_silence_s)
        elif source.name not in silent:
            store.expect(source.name, store.usual_silence(source.name))
