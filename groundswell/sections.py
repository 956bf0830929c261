"""The sections of groundswell.toml: their keys, defaults and bounds."""

from dataclasses import asdict
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from groundswell.severity import RULES, Rule, Words, by_gravity
from groundswell.types import Near, Query, Severity

SecretRef = Annotated[str, StringConstraints(pattern=r"^env:[A-Za-z_][A-Za-z0-9_]*$")]
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Strict(BaseModel):
    """A section whose unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NearTerm(Strict):
    """A name that means the brand only beside one of some words."""

    term: str = Field(min_length=1)
    context: tuple[str, ...] = Field(min_length=1)
    within: int = Field(default=10, ge=1, le=200)


class Brand(Strict):
    """A brand and the query that finds its mentions."""

    name: str = Field(min_length=1)
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    near: tuple[NearTerm, ...] = ()
    languages: tuple[Literal["en", "zh"], ...] = ()
    sources: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()  # other firms' names: a post that names one too is read toward this brand
    handles: tuple[str, ...] = ()  # the firm's own public handles: everybody else's are masked

    @model_validator(mode="after")
    def _has_terms(self) -> "Brand":
        if not self.any and not self.all and not self.near:
            raise ValueError("a brand needs at least one term in `any`, `all` or `near`")
        return self

    def query(self) -> Query:
        """The query as the pipeline wants it."""
        return Query(
            brand=self.name,
            any_terms=self.any,
            all_terms=self.all,
            none_terms=self.none,
            near=tuple(Near(term=n.term, context=n.context, within=n.within) for n in self.near),
            languages=self.languages,
            sources=self.sources,
            rivals=self.rivals,
        )


class Source(BaseModel):
    """A place to collect from; keys beyond these are the options of its type."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str = Field(min_length=1)
    type: str
    every_s: float = Field(default=900, ge=5)  # 15 minutes: what most feeds ask for
    expected_silence_s: float | None = Field(default=None, gt=0)  # longer without a post: a data alarm; None: learned
    retention_days: int | None = Field(default=None, ge=1)
    requests_per_day: int | None = Field(default=None, ge=1)  # UTC days; booked in the store, so restarts keep to it
    brand: str = ""  # everything there is about this brand (its own store page, its help desk); "": ask the queries


class Receiver(BaseModel):
    """Where alerts go; keys beyond these are the options of its type."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str = Field(min_length=1)
    type: str
    minimum_severity: Severity = Severity.L2
    brands: tuple[str, ...] = ()
    language: Literal["en", "zh"] = "en"
    time_zone: str = "UTC"
    outages: bool = True  # whether it is told of sources that bring no data


class StoreConfig(Strict):
    """Where posts are kept, and how long."""

    path: str = "groundswell.db"
    retention_days: int = Field(default=365, ge=1)
    lease_s: float = Field(default=120, ge=1)
    inbox_bound: int = Field(default=20_000, ge=1)  # collectors pause above it: the disk is not the queue's limit


class ModelConfig(Strict):
    """Which classifier reads the posts; an empty folder is the one that ships."""

    folder: str = ""
    backend: Literal["openvino", "torch"] = "openvino"
    labels: dict[str, str] = {}  # of a Hugging Face classifier: what its outputs mean
    threads: int = Field(default=0, ge=0)  # 0: as many as there are cores


class PrivacyConfig(Strict):
    """The key of the pseudonyms: from the environment, or a file beside the store made at the first start."""

    key: SecretRef | None = None


class HttpConfig(Strict):
    """The one door out. `allow` names own servers ("wiki.corp:8080") that may be asked at private addresses."""

    allow: tuple[str, ...] = ()


class AlertConfig(Strict):
    """When people are told again, and when an incident is over."""

    minimum_severity: Severity = Severity.L2
    repeat_h: float = Field(default=6, gt=0)
    growth_factor: float = Field(default=2, gt=1)  # times the negative posts last told: news before repeat_h
    growth_gap_h: float = Field(default=0.25, ge=0)
    resolve_after_h: float = Field(default=24, gt=0)
    outage_after_h: float = Field(default=0.5, ge=0)  # of a source that brings no data, until people are told; 0: never


class TrendConfig(Strict):
    """When a story counts as a viral negative trend; the reasons of the defaults are in docs/trends.md."""

    least_negatives: int = Field(default=6, ge=2)
    least_voices: int = Field(default=5, ge=1)
    surprise: float = Field(default=4.0, gt=0)
    misread_share: float = Field(default=0.12, ge=0, lt=1)
    excess_floor: float = Field(default=10.0, ge=0)
    least_reach: int = Field(default=0, ge=0)
    least_history_h: float = Field(default=2.0, ge=0)


class SeverityRule(Strict):
    """The conditions of one rule of severity, all of which must hold; what they mean says groundswell/severity.py."""

    level: Severity
    viral: bool = False
    growing: bool = False
    negative: int = Field(default=0, ge=0)
    voices: int = Field(default=0, ge=0)
    above_expected: float = Field(default=0, ge=0)
    velocity: float = Field(default=0, ge=0)
    audience: int = Field(default=0, ge=0)
    words: Words = ""
    word_voices: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if bool(self.words) != bool(self.word_voices):
            raise ValueError("`words` and `word_voices` are given together, or neither")
        conditions = self.model_dump(exclude={"level"}).values()
        if self.level > Severity.L0 and not any(conditions):
            raise ValueError('a rule without conditions always holds; `level = "L0"` switches it off')
        return self


class SeverityConfig(Strict):
    """The table of severity: a rule that is not given, or a key of it, is as in `groundswell.severity.RULES`."""

    media: SeverityRule
    regulator: SeverityRule
    harm: SeverityRule
    fast: SeverityRule
    high_reach: SeverityRule
    safety_words: SeverityRule
    legal_words: SeverityRule
    viral: SeverityRule
    echoing: SeverityRule
    complaints: SeverityRule

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        usual: dict[str, Any] = {rule.code: {k: v for k, v in asdict(rule).items() if k != "code"} for rule in RULES}
        for code, changed in given.items():
            usual[code] = usual[code] | changed if code in usual and isinstance(changed, dict) else changed
        return usual

    def rules(self) -> tuple[Rule, ...]:
        """The rules as the detector wants them."""
        return by_gravity(
            tuple(Rule(code=code, **getattr(self, code).model_dump()) for code in type(self).model_fields)
        )


class DashboardConfig(Strict):
    """Loopback by default: there is no login yet, so no other address is allowed."""

    host: str = "127.0.0.1"
    port: int = Field(default=8501, ge=1, le=65535)

    def url(self) -> str:
        """Where links in messages lead."""
        return f"http://{self.host}:{self.port}"

    @model_validator(mode="after")
    def _loopback(self) -> "DashboardConfig":
        if self.host not in LOOPBACK:
            raise ValueError(f"host must be one of {', '.join(LOOPBACK)}: there is no login on other addresses yet")
        return self
