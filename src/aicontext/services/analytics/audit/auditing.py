"""Past sessions read, added up, and some of them sent through the engine again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

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


class Auditing:
    """Reads records and changes nothing, neither theirs nor ours."""

    def __init__(self, records: Transcripts, new: NewPlanner, clock: Clock = CLOCK) -> None:
        self._records = records
        self._new = new
        self._clock = clock
        self._tools: dict[str, Tool] = {}

    def survey(self, tools: Iterable[Tool], since: float = 0.0, told: Told | None = None) -> Survey:
        """All sessions read. since: seconds since the epoch; older calls are left out. told: hears
        of progress."""
        started = self._clock.tick()
        self._tools = {tool.id: tool for tool in tools}
        work = transcripts_of(self._tools.values(), self._records)
        work = [one for one in work if one.changed_at >= since]
        audit, whole = Audit(), sum(one.size for one in work)
        survey = Survey(audit, since)
        for one in work:
            try:
                session = self._records.read(one, spoken=False)
                if not any(turn.call for turn in session.turns):
                    session = self._records.read(one)
            except Unavailable as error:
                audit.unreadable.append(error.message)
                continue
            audit.skipped.update(session.skipped)
            audit.size += one.size
            survey.add(one, session)
            if told:
                told(audit.size, whole)
        survey.done()
        audit.seconds = self._clock.tick() - started
        return survey

    def finish(self, survey: Survey, seconds: float, told: Told | None = None) -> Audit:
        """Some of the sessions sent through the engine again, for so many seconds about, and the
        most useful changes. told: hears of progress, in hundredths of seconds."""
        audit = survey.audit
        heaviest = max(survey.weighed, key=lambda one: one.cost, default=None)
        example = ""
        if heaviest is not None:
            example = f"{heaviest.transcript.tool}:{heaviest.transcript.session}"
        if seconds and survey.weighed:
            audit.replay = self._replayed(survey, seconds, told)
        audit.advice = advice(audit, self._tools, example)
        return audit

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
