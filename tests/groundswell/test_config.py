import re
import stat
from pathlib import Path

import pytest

from groundswell import starting
from groundswell.config import Config, pseudonym_key, read_config, resolve
from groundswell.errors import ConfigError, InputError
from groundswell.severity import RULES
from groundswell.types import Severity

BRAND = '[[brands]]\nname = "Halvero"\nany = ["Halvero"]\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "groundswell.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read_config(write(folder, text))
    assert caught.value.file.endswith("groundswell.toml")
    return caught.value


def test_what_init_writes_can_be_read_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "groundswell.toml"
    starting.write(path)
    config = read_config(path)
    assert [b.name for b in config.brands] == ["Example"]
    assert [r.type for r in config.receivers] == ["console"]
    with pytest.raises(InputError, match="is there already"):
        starting.write(path)


def test_every_key_of_the_model_stands_in_what_init_writes(tmp_path: Path) -> None:
    path = tmp_path / "groundswell.toml"
    starting.write(path)
    text = path.read_text(encoding="utf-8")
    for section in ("store", "model", "privacy", "http", "alerts", "severity", "dashboard"):
        for key in type(getattr(Config(), section)).model_fields:
            assert re.search(rf"\b{key} +=", text), f"{section}.{key} is not explained by init"


@pytest.mark.parametrize(
    ("text", "key", "wanted"),
    [
        (BRAND + "colour = 1\n", "brands.Halvero.colour", "one of the keys name, any, all"),
        ('[[brands]]\nname = "Halvero"\n', "brands.Halvero", "at least one term"),
        (BRAND + BRAND, "brands.Halvero.name", "only once"),
        (BRAND + 'languages = ["fr"]\n', "brands.Halvero.languages", "'en' or 'zh'"),
        ("[store]\nretention_days = 0\n", "store.retention_days", "greater than or equal to 1"),
        ('[dashboard]\nhost = "0.0.0.0"\n', "dashboard", "no login"),
        ('[[sources]]\nname = "x"\ntype = "smoke"\n', "sources.x.type", "hackernews"),
        ('[[receivers]]\nname = "c"\ntype = "console"\nvolume = 3\n', "receivers.c.volume", "one of"),
        ('[privacy]\nkey = "hunter2"\n', "privacy.key", "env:"),
        ("folder = 'x'\n", "folder", "one of the keys brands, sources"),
        ('[severity]\nrumour = { level = "L2" }\n', "severity.rumour", "one of the keys"),
        ("[severity]\nmedia = { colour = 3 }\n", "severity.media.colour", "one of the keys"),
        ('[severity]\nmedia = { words = "rumour" }\n', "severity.media.words", "'legal'"),
        ('[severity]\nviral = { words = "legal" }\n', "severity.viral", "together"),
        ("[severity]\nviral = { viral = false }\n", "severity.viral", "always holds"),
        ("brands = [\n", "(syntax)", "TOML"),
    ],
)
def test_a_wrong_key_is_named_with_what_is_wanted(tmp_path: Path, text: str, key: str, wanted: str) -> None:
    error = refused(tmp_path, text)
    assert error.key.startswith(key)
    assert wanted in str(error)


def test_a_literal_secret_is_refused_and_not_repeated(tmp_path: Path) -> None:
    text = '[[receivers]]\nname = "hook"\ntype = "webhook"\nurl = "https://example.org"\nsecret = "hunter2"\n'
    error = refused(tmp_path, text)
    assert error.key == "receivers.hook.secret"
    assert "hunter2" not in str(error)


def test_a_secret_comes_from_the_environment_or_says_which_is_missing() -> None:
    assert resolve("x.secret", "env:SECRET", {"SECRET": "s"}) == "s"
    assert resolve("x.url", "plain", {}) == "plain"
    with pytest.raises(ConfigError, match="SECRET: found 'not set'"):
        resolve("x.secret", "env:SECRET", {})


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file") as caught:
        read_config(tmp_path / "none.toml")
    assert "groundswell init" in caught.value.hint
    (tmp_path / "latin.toml").write_bytes(b'name = "caf\xe9"')
    with pytest.raises(ConfigError, match="UTF-8"):
        read_config(tmp_path / "latin.toml")


def test_the_pseudonym_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, BRAND))
    key = pseudonym_key(config)
    assert key == pseudonym_key(config)
    assert len(key) == 32
    assert stat.S_IMODE((tmp_path / "groundswell.key").stat().st_mode) == 0o600


def test_handles_are_folded(tmp_path: Path) -> None:
    assert read_config(write(tmp_path, BRAND + 'handles = ["@HalveroHelp"]\n')).own_handles() == {"halverohelp"}


def test_the_table_of_severity_that_init_writes_is_the_usual_one(tmp_path: Path) -> None:
    path = tmp_path / "groundswell.toml"
    starting.write(path)
    assert read_config(path).severity.rules() == RULES == Config().severity.rules()


def test_a_rule_of_severity_keeps_what_is_not_given_and_can_be_switched_off(tmp_path: Path) -> None:
    text = BRAND + '[severity]\nviral = { level = "L4" }\nmedia = { word_voices = 2 }\nechoing = { level = "L0" }\n'
    rules = {rule.code: rule for rule in read_config(write(tmp_path, text)).severity.rules()}
    assert (rules["viral"].level, rules["viral"].viral) == (Severity.L4, True)
    assert (rules["media"].words, rules["media"].word_voices) == ("media", 2)
    assert "echoing" not in rules
    assert [rule.level for rule in rules.values()] == sorted((r.level for r in rules.values()), reverse=True)
