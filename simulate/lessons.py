"""The lessons of a simulated school. A week repeats; each site has a few timetables that its rooms share.

Lessons last 45 minutes with breaks of 10. Schools ring at different minutes, so that some lesson is always on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from simulate.chance import chance, share

TIMETABLES: Final = 4
"""How many timetables a site has."""

LESSON: Final = timedelta(minutes=45)
PERIOD: Final = timedelta(minutes=55)
_DAY: Final = timedelta(days=1)
_HELD: Final = 0.72
_RECORDED: Final = 0.85
_COURSES: Final = (
    "高等数学", "线性代数", "大学物理", "有机化学", "数据结构", "操作系统", "编译原理", "信号与系统",
    "工程制图", "材料力学", "西方经济学", "会计学", "民法学", "教育心理学", "现代汉语", "英语视听说",
    "世界史", "美术鉴赏", "音乐基础", "生物化学", "解剖学", "护理学基础", "机器人入门", "科学实验",
)  # fmt: skip


class Hours(StrEnum):
    """When a school teaches."""

    ALWAYS = "always"  # day and night, so that there is something to see whenever one looks
    SCHOOL = "school"  # Monday to Saturday, 08:00 to 22:00

    @property
    def days(self) -> range:
        """Return the weekdays on which it is open, 0 = Monday."""
        return range(7) if self is Hours.ALWAYS else range(6)

    @property
    def opens(self) -> timedelta:
        """Return how long after midnight it opens."""
        return timedelta() if self is Hours.ALWAYS else timedelta(hours=8)

    @property
    def closes(self) -> timedelta:
        """Return how long after midnight it closes."""
        return _DAY if self is Hours.ALWAYS else timedelta(hours=22)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One lesson of the week: `starts` after midnight on each of `days`."""

    number: int
    title: str
    starts: timedelta
    days: tuple[int, ...]
    recorded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A lesson that is on: how many seconds of it have gone."""

    lesson: Lesson
    gone_s: float


@lru_cache(maxsize=512)
def timetable(seed: int, site: str, bell: int, number: int, hours: Hours) -> tuple[Lesson, ...]:
    """Return the lessons of one timetable by their beginning."""
    return tuple(_lessons(seed, site, bell, number, hours))


def _lessons(seed: int, site: str, bell: int, number: int, hours: Hours) -> Iterator[Lesson]:
    starts = hours.opens + timedelta(minutes=bell)
    count = 0
    while starts + LESSON <= hours.closes:
        about = (seed, "lesson", site, number, count)
        days = tuple(day for day in hours.days if share(*about, day) < _HELD)
        random = chance(*about)
        title, recorded = random.choice(_COURSES), random.random() < _RECORDED
        if days:
            yield Lesson(number=count, title=title, starts=starts, days=days, recorded=recorded)
        starts += PERIOD
        count += 1


def running(lessons: tuple[Lesson, ...], local: datetime) -> Running | None:
    """Return the lesson that is on at a local time."""
    since_midnight = local.replace(tzinfo=None) - datetime.combine(local.date(), time())
    for lesson in lessons:
        gone = since_midnight - lesson.starts
        if gone < timedelta():
            return None
        if gone < LESSON and local.weekday() in lesson.days:
            return Running(lesson=lesson, gone_s=gone.total_seconds())
    return None
