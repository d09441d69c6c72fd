"""Past sessions read, added up, and some of them sent through the engine again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from aicontext.domain.errors import AiContextError, Unavailable
from aicontext.domain.tools import Tool
from aicontext.domain.transcripts import Transcript
from aicontext.kit.clock import CLOCK, Clock
from aicontext.ports.transcripts import Transcripts
from aicontext.services.analytics.audit.advice import advice
from aicontext.services.analytics.audit.findings import Audit, Replay
from aicontext.services.analytics.audit.replay import NewPlanner, Played, play
from aicontext.services.analytics.audit.sample import WHOLE, estimated
from aicontext.services.analytics.audit.survey import Survey
from aicontext.services.analytics.importing import Told, transcripts_of

_OVER = 1.5
"""Times the time given after which a session is given up halfway."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """since: seconds since the epoch; what is older is left out. seconds: that sending sessions
    through the engine again may take, about; 0 leaves it out."""

    since: float = 0.0
    seconds: float = 10.0


class Auditing:
    """Reads records and changes nothing, neither theirs nor ours."""

    def __init__(self, records: Transcripts, new: NewPlanner, clock: Clock = CLOCK) -> None:
        self._records = records
        self._new = new
        self._clock = clock

    def run(
        self,
        tools: Iterable[Tool],
        bounds: Bounds,
        *,
        reading: Told | None = None,
        replaying: Told | None = None,
    ) -> Audit:
        """reading, replaying: hear of progress, in bytes and in hundredths of seconds."""
        known = {tool.id: tool for tool in tools}
        audit = Audit()
        survey = self._survey(known.values(), bounds, audit, reading)
        heaviest = max(survey.weighed, key=lambda one: one.cost, default=None)
        example = ""
        if heaviest is not None:
            example = f"{heaviest.transcript.tool}:{heaviest.transcript.session}"
        if bounds.seconds and survey.weighed:
            audit.replay = self._replayed(survey, bounds.seconds, replaying)
        audit.advice = advice(audit, known, example)
        return audit

    def _survey(
        self, tools: Iterable[Tool], bounds: Bounds, audit: Audit, reading: Told | None
    ) -> Survey:
        started = self._clock.tick()
        work = [t for t in transcripts_of(tools, self._records) if t.changed_at >= bounds.since]
        whole = sum(one.size for one in work)
        survey = Survey(audit, bounds.since)
        for one in work:
            try:
                session = self._records.read(one)
            except Unavailable as error:
                audit.unreadable.append(error.message)
                continue
            audit.skipped.update(session.skipped)
            audit.size += one.size
            survey.add(one, session)
            if reading:
                reading(audit.size, whole)
        survey.done()
        audit.seconds = self._clock.tick() - started
        return survey

    def _replayed(self, survey: Survey, seconds: float, told: Told | None) -> Replay:
        started = self._clock.tick()

        def going(covered: float) -> bool:
            gone = self._clock.tick() - started
            if told:
                told(min(round(100 * gone), round(100 * seconds)), round(100 * seconds))
            return gone < seconds and covered < WHOLE

        def still() -> bool:
            return self._clock.tick() - started < _OVER * seconds

        found = estimated(survey.weighed, lambda one: self._play(one, still), going)
        return replace(found, seconds=self._clock.tick() - started)

    def _play(self, one: Transcript, going: Callable[[], bool]) -> Played | None:
        try:
            found = play(self._records.read(one), self._new, going)
        except AiContextError:
            return None
        return found if found.direct else None
