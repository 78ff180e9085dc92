"""Parents that die and return at any moment: one ticket for one cause, and no level that disagrees with the rules.

The scene holds every decision against its books: nothing opens twice, nothing clears that is not open.
"""

from datetime import timedelta

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from collector.core.campus import Carries, Link
from collector.core.model import DeviceId
from tests.unit.core.cause_scene import GATEWAY, NAS, SWITCH, UPS, Site30, one_switch, pc, power

QUICK = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ROOMS = [pc(number) for number in range(6)]


@QUICK
@given(data=st.data(), told_after=st.integers(0, 40), out_for=st.integers(1, 100))
def test_whoever_is_told_first_and_however_soon_it_is_back_a_switch_is_at_most_one_ticket(
    data: st.DataObject, told_after: int, out_for: int
) -> None:
    """All go at once, deaths are told within 40 s; the switch is back any time after, its rooms within 55 s more."""
    site = Site30(rooms=6, place=one_switch(6))
    back_at = told_after + out_for
    deaths = data.draw(st.lists(st.integers(0, 40), min_size=6, max_size=6), label="told after")
    returns = data.draw(st.lists(st.integers(0, 55), min_size=6, max_size=6), label="back after")
    restarts = data.draw(st.sets(st.integers(1, 250), max_size=3), label="restarts")
    site.mute(SWITCH, *ROOMS)
    for second in range(400):
        if second % 10 == 0:
            site.report()
        if second == told_after:
            site.scene.died(SWITCH)
        if second == back_at:
            site.back(SWITCH)
        for room, death, after in zip(ROOMS, deaths, returns, strict=True):
            returned = max(back_at + after, death + 1)
            if second == death:
                site.scene.died(room)
            if second == returned:
                site.back(room)
        if second in restarts:
            site.scene.restart()
        site.scene.wait(1)
    assert {device for device, *_ in site.tickets} <= {SWITCH}
    assert len(site.tickets) <= 1
    assert site.scene.verdicts == []
    assert site.states() == {"ok"}


WHO = (SWITCH, UPS, NAS, GATEWAY, *ROOMS)
OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from([1.0, 4.0, 11.0, 25.0, 40.0, 70.0, 130.0]),
        st.sampled_from(
            ["die", "die", "hush", "return", "return", "port", "battery", "fault", "blind", "restart", "jump"]
        ),
        st.integers(0, 20),
    ),
    min_size=4,
    max_size=22,
)


class Story:
    """A site whose parents and rooms come and go."""

    def __init__(self) -> None:
        storage = Link(feeder=NAS, carries=Carries.STORAGE, device=ROOMS[0])
        loads = [power(UPS, device=device) for device in (SWITCH, ROOMS[1])]
        self.site = Site30(rooms=6, place=one_switch(6, storage, *loads, port=True))
        self.scene = self.site.scene
        self.up: dict[str, float] = dict.fromkeys((f"GE0/{number}" for number in range(6)), 1.0)
        self.source = 0.0
        self.full: dict[DeviceId, float] = dict.fromkeys(ROOMS, 0.5)
        self.blind = False
        self.known: set[str] = set()  # incidents that were open at the last look
        self.guilty = False  # the switch was gone then, and found at fault

    def read(self) -> None:
        if self.blind:
            return
        rows = [(device, "system.filesystem.utilization", "/", value) for device, value in self.full.items()]
        if GATEWAY in self.site.up:
            rows += [(SWITCH, "hw.network.admin", port, 1.0) for port in self.up]
            rows += [(SWITCH, "hw.network.up", port, value) for port, value in self.up.items()]
            rows.append((UPS, "hw.ups.source", "", self.source))
        rows = [row for row in rows if row[0] in self.site.up]
        if rows:
            self.scene.read_all(rows)
        self.site.report()

    def live(self, seconds: float) -> None:
        whole, rest = divmod(seconds, 10)
        for length in [*[10.0] * int(whole), rest]:
            self.scene.wait(length)
            self.read()
            self.check()

    def do(self, what: str, number: int) -> None:
        device = WHO[number % len(WHO)]
        match what:
            case "die" if device in self.site.up and not self.blind:
                self.site.gone(device)
            case "hush":  # it hangs: no death is told
                self.site.mute(device)
            case "return" if not self.blind:
                self.site.back(device)
            case "port":
                port = f"GE0/{number % 6}"
                self.up[port] = 1.0 - self.up[port]
            case "battery":
                self.source = 1.0 - self.source
            case "fault":
                room = ROOMS[number % 6]
                self.full[room] = 0.995 if self.full[room] < 0.9 else 0.5
            case "blind":
                self.blind = not self.blind
                self.scene.keep(self.scene.classifier.see(connected=not self.blind, now=self.scene.now))
            case "restart":
                self.scene.restart(after=number)
                if self.blind:
                    self.scene.keep(self.scene.classifier.see(connected=False, now=self.scene.now))
            case "jump":  # the collector's clock is set forward
                self.scene.now += timedelta(seconds=10 * number)
                self.scene.keep(self.scene.classifier.tick(self.scene.now))
            case _:
                pass

    def end_well(self) -> None:
        if self.blind:
            self.do("blind", 0)
        self.up = dict.fromkeys(self.up, 1.0)
        self.full = dict.fromkeys(self.full, 0.5)
        self.source = 0.0
        self.site.back(GATEWAY, *ROOMS)
        self.live(700)
        assert self.scene.verdicts == []
        assert self.site.states() == {"ok"}
        assert {self.scene.state(device) for device in (SWITCH, UPS, NAS, GATEWAY)} == {"ok"}

    def check(self) -> None:
        scene = self.scene
        standing = [scene.incidents[number] for number in scene.open.values()]
        for one in standing:
            assert one.cause is None or one.cause in scene.incidents
            if one.cause is None:
                members = [each.level for each in standing if each.cause == one.id]
                assert one.device == "roomtone:collector" or all(one.level <= level for level in members)
            if one.cause is None and one.metric == "system.filesystem.utilization":
                assert (one.rule, int(one.level)) in (
                    ("volume-full", 1),
                    ("volume-nearly-full", 2),
                    ("volume-filling", 3),
                )
        for device in ROOMS:
            own = [one for one in standing if one.device == device and one.cause is None]
            caused = [one for one in standing if one.device == device and one.cause is not None and one.metric == ""]
            if caused and not own:  # one that is back, and still counted as caught, has its own faults again
                assert not scene.state(device).startswith("failed"), "out of sight, and said to be at fault"
            fresh = [one for one in own if one.metric == "" and one.id not in self.known]
            assert not (self.guilty and fresh), "a fault of its own beneath a switch that is known to be gone"
            assert not caused or not [one for one in own if one.metric == ""], "at fault and a victim at once"
        self.known = {one.id for one in standing}
        gone = SWITCH not in self.site.up and GATEWAY in self.site.up and not self.blind
        self.guilty = gone and any(one.device == SWITCH and one.metric == "" for one in standing)


# A switch that is born while its silence is only clearing; a site link that is presumed gone once more.
@example([(1.0, "die", 0), (1.0, "die", 0), (1.0, "jump", 6), (1.0, "jump", 12)])
@example([(1.0, "die", 0), (1.0, "die", 3), (1.0, "jump", 6), (1.0, "jump", 12)])
@QUICK
@given(operations=OPERATIONS)
def test_no_story_of_parents_breaks_the_books_and_all_ends_well(operations: list[tuple[float, str, int]]) -> None:
    story = Story()
    for seconds, what, number in operations:
        story.live(seconds)
        story.do(what, number)
        story.check()
    story.end_well()
