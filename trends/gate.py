"""When a story starts and stops being viral: it fires above its own record and stays until it is calm."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Latch:
    """One story's state. `records` are (time, surprise) of looks while viral, newest last, falling."""

    is_viral: bool = False
    since: float = 0.0
    lead: str = ""  # what fired it: "story", "brand", "topic:<topic>", "slow:<topic>" or "resumed"
    records: list[tuple[float, float]] = field(default_factory=list)

    def fire(self, at: float, score: float, lead: str) -> None:
        """Become viral, or stay so and raise the record."""
        if not self.is_viral or self.lead == "resumed":
            self.lead = lead
        if not self.is_viral:
            self.is_viral, self.since = True, at
        self.remember(at, score)

    def calm(self) -> None:
        """Stop being viral; the record stays."""
        self.is_viral = False

    def remember(self, at: float, score: float) -> None:
        """Note a score; lower earlier ones can never be the record again."""
        while self.records and self.records[-1][1] <= score:
            self.records.pop()
        self.records.append((at, score))

    def join(self, other: "Latch") -> None:
        """Take over the latch of a story that people merged into this one: viral if either was, and since the first."""
        if other.is_viral and (not self.is_viral or other.since < self.since):
            self.is_viral, self.since, self.lead = True, other.since, other.lead
        records = sorted(self.records + other.records)
        self.records = []
        for at, score in records:
            self.remember(at, score)

    def exceeds_record(self, at: float, score: float, record_s: float) -> bool:
        """Tell whether `score` is more than anything noted in the last `record_s` seconds."""
        while self.records and self.records[0][0] < at - record_s:
            self.records.pop(0)
        return not self.records or score > self.records[0][1]
