"""The wiring: the only place where the collector's parts meet.

Comes in: settings. Goes out: a collector that runs until SIGTERM or Ctrl-C. Parts start in the order in which they
need each other and stop in reverse: first nothing more is taken in, last the stores are closed.
"""

import asyncio
import json
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI

from collector.api.app import create_app, stop_streams
from collector.api.sources import Filter, Installation
from collector.broker import DEVICES, BrokerAddress, BrokerError, EmbeddedBroker
from collector.campus_file import HOUR_S, CampusFile
from collector.core.agreement import Agreement
from collector.core.campus import Campus
from collector.core.classify import Classifier
from collector.core.foreign import ForeignMapping
from collector.core.maintenance import Plan
from collector.core.model import Decision, DeviceId, IncidentState
from collector.core.rule import RulePack
from collector.core.window import POINTS
from collector.desk.board import Board
from collector.desk.changes import Changes
from collector.desk.desk import Desk, Restored
from collector.desk.foresight import ForesightDesk
from collector.desk.maintenance import MaintenanceDesk
from collector.drill import evidence
from collector.drill.keeper import as_planned, keep_drills
from collector.engine import Engine
from collector.fleet.account import AccountsError
from collector.fleet.courier import Courier
from collector.fleet.embedded import EmbeddedAccounts
from collector.fleet.opening import open_fleet
from collector.fleet.roster import Roster
from collector.hindsight import Hindsight
from collector.ingest.host import SparkplugHost
from collector.inspection.desk import InspectionDesk
from collector.local import demo, local_agent, this_machine, write_demo_campus
from collector.logs import set_up_logs
from collector.now import now
from collector.packs.agreement import load_agreements
from collector.packs.errors import Mistake, PackError
from collector.packs.mapping import load_mapping
from collector.packs.rules import load_rules
from collector.private_file import write_private
from collector.reload import Watched
from collector.server import Server, listen
from collector.settings import UP_FILE, Settings, SettingsError, dashboard_dir, default_rules, records_url
from collector.store.errors import StoreError
from collector.store.records.accounts import Accounts
from collector.store.records.database import Records
from collector.store.records.first_run import FirstRun, ensure_first_run
from collector.store.records.maintenance import MaintenanceRecords
from collector.store.records.notices import NoticeQueries
from collector.store.records.queries import RecordQueries
from collector.store.series.hot import HotStore
from collector.store.series.past import packed, read_past
from collector.store.series.read import SeriesReader
from collector.store.series.rollup import Roller
from collector.store.series.seal import Sealer
from collector.vitals import VitalsSource

log = structlog.get_logger()

_SEAL_EVERY_S: Final = 60.0
_ROSTER_EVERY_S: Final = 0.5
_ROSTER_RETRY_S: Final = 5.0
_STREAMS_END_S: Final = 5.0
_ALL: Final = 1 << 30


def serve(settings: Settings) -> None:
    """Run the collector until it is told to stop.

    Raises:
        SettingsError, PackError, StoreError: it cannot start; the message says why and what to do.
    """
    set_up_logs()
    try:
        asyncio.run(_serve(settings))
    except (BrokerError, AccountsError) as error:
        raise SettingsError(str(error)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The parts of the line from a reading to the wall, as they run."""

    host: SparkplugHost
    engine: Engine
    classifier: Classifier
    desk: Desk
    board: Board


async def _serve(settings: Settings) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    async with AsyncExitStack() as stack:
        _make_data_dir(settings.data)
        http = stack.enter_context(closing(listen(settings.http)))
        if settings.demo_rooms and settings.campus is None:
            settings = replace(settings, campus=await write_demo_campus(settings.data, settings.demo_rooms))
        rules_dirs = settings.rules or (default_rules(),)
        agreement_dirs = _agreement_dirs(settings)
        rules_files = Watched("rules", [*rules_dirs, *([settings.campus] if settings.campus is not None else [])])
        agreement_files = Watched("agreements", agreement_dirs)
        campus_files = Watched("campus", _campus_files(settings), suffixes=(".ics",), deep=False)
        mapping_files = Watched("mapping", [settings.mapping] if settings.mapping is not None else [])
        campus_file = CampusFile(settings.campus, settings.data) if settings.campus is not None else None
        rules, campus, agreements, mapping = _load(settings, campus_file, rules_dirs, agreement_dirs)

        records = Records.open(settings.records_url or records_url(settings.data))
        stack.callback(records.close)
        store = HotStore.open(settings.data)
        stack.callback(store.close)
        first = ensure_first_run(records, settings.data, now())

        broker, embedded = await _broker(settings, mapping, stack)
        words = _Words(rules)
        desk = Desk(records=records, campus=campus, agreements=agreements, words=words)
        restored = desk.restore()
        classifier = Classifier(campus=campus, rules=rules, now=now())
        classifier.restore(
            devices=restored.devices,
            incidents=restored.incidents,
            phases=restored.phases,
            series=store.all_series(),
            latest=store.latest(),
            notices=restored.notices,
            now=now(),
        )
        reader = SeriesReader(store)
        _look_back(classifier, reader)
        board = Board(campus=campus, values=classifier, now=now())
        queries = RecordQueries(records)
        board.publish(_standing(restored, queries))
        maintenance = _maintenance(records, desk, board, words)
        host = SparkplugHost(broker=broker, host_id=settings.host_id, store=store)
        host.use_mapping(mapping)
        fleet = open_fleet(settings, records, embedded)
        courier = Courier(fleet, host)
        roster = Roster(records=fleet.records, reporter=host, is_behind=courier.bring)
        roster.restore()

        def publish(changes: Changes, heard: Mapping[DeviceId, datetime]) -> None:
            if changes:
                board.publish(changes)
            if heard:
                board.hear(heard)

        engine = Engine(
            source=host, store=store, decider=classifier, performer=desk, publish=publish, observe=roster.take
        )
        await asyncio.to_thread(engine.catch_up, restored.last_commit)
        host.start()
        stack.callback(host.stop)
        engine.start()
        stack.push_async_callback(asyncio.to_thread, engine.stop)

        app = create_app(
            board=board,
            desk=desk,
            tickets=queries,
            accounts=Accounts(records),
            reader=reader,
            values=classifier,
            health=VitalsSource(intakes=host, engine=engine.status, broker_url=broker.url),
            words=words,
            rules=lambda: words.rules,
            ui_dir=dashboard_dir(),
            installation=Installation(
                this_machine=this_machine() if settings.with_agent else None, token_file=first.token_file
            ),
        )
        app.state.fleet = fleet
        app.state.maintenance = maintenance

        def past(start: datetime, end: datetime) -> bytes:
            kept = desk.restore()
            return packed(read_past(store, start, end, (health.device for health in kept.devices), kept.phases))

        app.state.past = past
        app.state.explain = lambda device: engine.ask(lambda: classifier.explain(device, now()))
        app.state.notices = NoticeQueries(records)
        app.state.foresight = ForesightDesk(store=store, past=reader, queries=queries)
        app.state.drills = lambda: evidence.kept(settings.data / evidence.FOLDER)
        app.state.inspections = InspectionDesk(store=store, reader=reader, queries=queries)
        await _start_server(app, http, stack)
        await _start_children(settings, broker, stack)
        hindsight = Hindsight(
            line=engine,
            classifier=classifier,
            past=reader,
            incidents=queries.incidents_of,
            surroundings=lambda: (replace(desk.campus, links=classifier.links), words.rules),
        )
        line = Line(host=host, engine=engine, classifier=classifier, desk=desk, board=board)
        async with asyncio.TaskGroup() as tasks:
            loops = [
                tasks.create_task(_seal(store), name="seal"),
                tasks.create_task(_keep_roster(roster), name="roster"),
                tasks.create_task(hindsight.run(), name="hindsight"),
                tasks.create_task(
                    _follow_rules(line, rules_files, lambda: load_rules(rules_dirs, settings.campus), words),
                    name="follow rules",
                ),
                tasks.create_task(_follow_agreements(line, agreement_files, agreement_dirs), name="follow agreements"),
            ]
            if campus_file is not None:
                loops.append(tasks.create_task(_follow_campus(line, campus_files, campus_file), name="follow campus"))
                loops.append(
                    tasks.create_task(
                        _renew_campus(line, campus_file, at_once=bool(campus.timetable_urls)), name="renew timetables"
                    )
                )
            if settings.drills is not None:
                carry_out = as_planned(settings.data, broker)
                loops.append(
                    tasks.create_task(
                        keep_drills(settings.drills, settings.data / evidence.FOLDER, board.time_zone, carry_out),
                        name="drills",
                    )
                )
            if settings.mapping is not None:
                follow = _follow_mapping(line, mapping_files, settings.mapping, embedded)
                loops.append(tasks.create_task(follow, name="follow mapping"))
            _announce(settings, first)
            await stopping.wait()
            for task in loops:
                task.cancel()


class _Words:
    """What a rule says to people, by the rules in force."""

    def __init__(self, rules: RulePack) -> None:
        self.rules = rules

    def __call__(self, rule: str, /) -> Mapping[str, Mapping[str, str]]:
        return self.rules.rule_words(rule)


def _look_back(classifier: Classifier, reader: SeriesReader) -> None:
    """Let the rules that follow a trend see what is stored of their series."""
    spans = classifier.looks_back()
    for over in set(spans.values()):
        series = [each for each, looks in spans.items() if looks == over]
        classifier.remember(reader.thinned(series, now() - over, now(), over / POINTS))


def _maintenance(records: Records, desk: Desk, board: Board, words: _Words) -> MaintenanceDesk:
    """Return the desk of planned work, once desk and board know what is planned."""

    def tell(plan: Plan) -> None:
        desk.replace(plan=plan)
        board.plan(plan)

    def knows_rule(name: str) -> bool:
        return any(name in (rule.id, rule.family) for rule in words.rules.rules)

    maintenance = MaintenanceDesk(kept=MaintenanceRecords(records), tell=tell, knows_rule=knows_rule)
    maintenance.restore(now())
    return maintenance


def _standing(restored: Restored, queries: RecordQueries) -> Changes:
    """Return how everything stood when the collector ended, for the board to start from."""
    incidents = queries.incidents(Filter(), states=(IncidentState.OPEN,), start=None, end=None, before=None, limit=_ALL)
    return Changes(
        devices=tuple(restored.devices),
        incidents=tuple(incidents),
        tickets=tuple(queries.live_tickets()),
        notices=tuple(restored.notices),
    )


def _make_data_dir(data: Path) -> None:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = data / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"{data} cannot be written to ({error.strerror}), so nothing could be kept. Give this user the right, "
            "or choose another folder with --data DIR."
        ) from error


def _load(
    settings: Settings, campus_file: CampusFile | None, rules_dirs: Sequence[Path], agreement_dirs: Sequence[Path]
) -> tuple[RulePack, Campus, Mapping[str, Agreement], ForeignMapping]:
    """Read what people wrote, and tell the mistakes of all of it at once."""
    mistakes: list[Mistake] = []
    rules, campus, agreements, mapping = None, Campus(), None, ForeignMapping()
    try:
        rules = load_rules(rules_dirs, settings.campus)
    except PackError as error:
        mistakes += error.mistakes
    try:
        agreements = load_agreements(agreement_dirs)
    except PackError as error:
        mistakes += error.mistakes
    if campus_file is not None:
        try:
            campus = campus_file.load()
        except PackError as error:
            mistakes += error.mistakes
    if settings.mapping is not None:
        try:
            mapping = load_mapping(settings.mapping)
        except PackError as error:
            mistakes += error.mistakes
    if mistakes or rules is None or agreements is None:
        raise PackError(mistakes)
    return rules, campus, agreements, mapping


def _campus_files(settings: Settings) -> list[Path]:
    """Return the campus file and the folder with its timetables."""
    return [settings.campus, settings.campus.parent] if settings.campus is not None else []


def _agreement_dirs(settings: Settings) -> list[Path]:
    """Return the folders of agreements: those shipped, then those beside the rule packs that were named."""
    named = (folder / "agreements" for folder in settings.rules)
    return [default_rules() / "agreements", *(folder for folder in named if folder.is_dir())]


async def _broker(
    settings: Settings, mapping: ForeignMapping, stack: AsyncExitStack
) -> tuple[BrokerAddress, EmbeddedAccounts | None]:
    """Return the broker to use; start the embedded one, with its agents' accounts, where no other is named."""
    if settings.broker is not None:
        return settings.broker, None
    embedded = EmbeddedBroker(
        directory=settings.data / "broker",
        host=settings.mqtt.host,
        port=settings.mqtt.port,
        is_open=settings.is_mqtt_open,
    )
    accounts = EmbeddedAccounts(embedded, settings.data / "broker", host_id=settings.host_id)
    embedded.use_foreign(mapping.filters)
    await embedded.start()
    stack.push_async_callback(embedded.stop)
    _write_account(settings.data / "mqtt.json", embedded.address("roomtone"))
    if settings.mapping is not None:
        _write_account(settings.data / "mqtt-devices.json", embedded.address(DEVICES))
    return embedded.address("collector"), accounts


def _write_account(file: Path, account: BrokerAddress) -> None:
    write_private(
        file, json.dumps({"url": account.url, "username": account.username, "password": account.password}) + "\n"
    )


async def _start_server(app: FastAPI, http: socket.socket, stack: AsyncExitStack) -> None:
    server = Server(
        uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=int(_STREAMS_END_S)
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[http]), name="http")

    async def end() -> None:
        stop_streams(app)
        server.should_exit = True
        await serving

    stack.push_async_callback(end)
    while not server.started:
        if serving.done():
            raise SettingsError(f"the web server ended before it was ready: {serving.exception()}")
        await asyncio.sleep(0.01)


async def _start_children(settings: Settings, broker: BrokerAddress, stack: AsyncExitStack) -> None:
    if settings.with_agent:
        child = local_agent(settings.data, broker, settings.host_id)
        await child.start()
        stack.push_async_callback(child.stop)
    if settings.demo_rooms:
        child = demo(settings.data, broker, settings.host_id, settings.demo_rooms)
        await child.start()
        stack.push_async_callback(child.stop)


async def _keep_roster(roster: Roster) -> None:
    """Keep what agents say of themselves when they are born, twice a second."""
    while True:
        try:
            await asyncio.to_thread(roster.work, now())
        except StoreError as error:
            log.error("what agents said at their births waits to be kept", error=str(error))
            await asyncio.sleep(_ROSTER_RETRY_S)
        await asyncio.sleep(_ROSTER_EVERY_S)


async def _seal(store: HotStore) -> None:
    """Move hours that are over to the archive, one look a minute."""
    sealer, roller = Sealer(store), Roller(store)
    for path in await asyncio.to_thread(sealer.tidy):
        log.error("an archive file is gone, its readings are lost", path=str(path))
    await asyncio.to_thread(roller.tidy)
    while True:
        try:
            await asyncio.to_thread(sealer.run, now())
            await asyncio.to_thread(roller.run, now())
        except StoreError as error:
            log.error("sealing failed, the hours stay in the hot store", error=str(error))
        await asyncio.sleep(_SEAL_EVERY_S)


async def _follow_rules(line: Line, watched: Watched, load: Callable[[], RulePack], words: _Words) -> None:
    def use(rules: RulePack) -> None:
        def swap() -> Sequence[Decision]:
            words.rules = rules
            return line.classifier.replace(rules=rules, now=now())

        line.engine.post(swap)

    await watched.follow(load, use)


async def _follow_agreements(line: Line, watched: Watched, folders: Sequence[Path]) -> None:
    def use(agreements: Mapping[str, Agreement]) -> None:
        line.desk.replace(agreements=agreements)

    await watched.follow(lambda: load_agreements(folders), use)


async def _follow_mapping(line: Line, watched: Watched, file: Path, embedded: EmbeddedAccounts | None) -> None:
    def use(mapping: ForeignMapping) -> None:
        def swap() -> Sequence[Decision]:
            line.host.use_mapping(mapping)
            return ()

        if embedded is not None:
            embedded.use_foreign(mapping.filters)
        line.engine.post(swap)

    await watched.follow(lambda: load_mapping(file), use)


def _use_campus(line: Line, campus: Campus) -> None:
    def swap() -> Sequence[Decision]:
        line.desk.replace(campus=campus)
        line.board.replace(campus)
        return line.classifier.replace(campus=campus, now=now())

    line.engine.post(swap)


async def _follow_campus(line: Line, watched: Watched, file: CampusFile) -> None:
    await watched.follow(file.load_changed, lambda campus: _use_campus(line, campus))


async def _renew_campus(line: Line, file: CampusFile, *, at_once: bool) -> None:
    """Look further ahead in the timetables, hour by hour; `at_once`: there are some to be fetched."""
    if not at_once:
        await asyncio.sleep(HOUR_S)
    while True:
        campus, again_s = await asyncio.to_thread(file.renew)
        if campus is not None:
            _use_campus(line, campus)
        await asyncio.sleep(again_s)


def _announce(settings: Settings, first: FirstRun) -> None:
    url = f"http://{settings.http}"
    campus = str(settings.campus.resolve()) if settings.campus is not None else None
    (settings.data / UP_FILE).write_text(json.dumps({"url": url, "campus": campus}) + "\n", "utf-8")
    if first.password is not None:
        print(f"First sign-in, shown once: {first.user} / {first.password}", flush=True)
    print(f"Roomtone is ready: {url}", flush=True)
