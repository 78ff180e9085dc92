"""The tables of a pack, column by column."""

from typing import Final

from collector.core.model import State
from collector.core.ticket import Step
from collector.inspection.column import Column, Kind, Sheet

_T, _C, _N, _P, _S, _I = Kind.TEXT, Kind.COUNT, Kind.NUMBER, Kind.SHARE, Kind.SECONDS, Kind.INSTANT

_ROOM: Final = Column(key="room", kind=_T, words=("教室", "Room"), width=18)
_DEVICE: Final = Column(
    key="device",
    kind=_T,
    words=("设备", "Device"),
    notes=("站点:代理，或 站点:代理:设备", "site:agent, or site:agent:device"),
    width=30,
)
_ROLE: Final = Column(key="role", kind=_T, words=("类型", "Role"), width=13)
_LEVEL: Final = Column(
    key="level",
    kind=_C,
    words=("级别", "Level"),
    notes=("1 中断，2 严重降级，3 降级，4 咨询", "1 outage, 2 severe degradation, 3 degraded, 4 question"),
    width=8,
)
_ONSET: Final = Column(
    key="onset_at",
    kind=_I,
    words=("发生", "Onset"),
    notes=(
        "第一个异常读数的时间；设备无声时，是此前最后一条消息的时间",
        "the first offending reading, or the last message before a silence",
    ),
    width=20,
)
_DETECTED: Final = Column(
    key="detected_at",
    kind=_I,
    words=("确认", "Detected"),
    notes=("规则规定的持续时间已满", "when the condition had held for as long as its rule asks"),
    width=20,
)

SUMMARY: Final = Sheet(
    name="summary",
    words=("概要", "Summary"),
    columns=(
        Column(key="key", kind=_T, words=("项", "Key"), width=22),
        Column(key="name_zh", kind=_T, words=("名称", "Name (zh-CN)"), width=26),
        Column(key="name_en", kind=_T, words=("英文名称", "Name (en)"), width=34),
        Column(key="value", kind=_T, words=("值", "Value"), width=44),
    ),
)

_STATE_WORDS: Final = {
    State.OK: ("正常", "ok"),
    State.DEGRADED: ("降级", "degraded"),
    State.FAILED: ("故障", "failed"),
    State.UNKNOWN: ("看不见", "out of sight"),
    State.OFF: ("关机", "off"),
}

DEVICES: Final = Sheet(
    name="devices",
    words=("设备", "Devices"),
    columns=(
        _ROOM,
        Column(key="room_name", kind=_T, words=("教室名称", "Room name"), width=18),
        _DEVICE,
        Column(key="name", kind=_T, words=("名称", "Name"), width=20),
        _ROLE,
        Column(key="vendor", kind=_T, words=("厂商", "Vendor")),
        Column(key="model", kind=_T, words=("型号", "Model"), width=20),
        Column(key="serial", kind=_T, words=("序列号", "Serial"), width=18),
        Column(key="firmware", kind=_T, words=("固件", "Firmware")),
        Column(
            key="known_from",
            kind=_I,
            words=("首次得知", "Known from"),
            notes=(
                "第一次得知该设备的时间；空：从未得知，只在园区文件中",
                "when the device was first heard of; empty: never, it only stands in the campus file",
            ),
            width=20,
        ),
        Column(
            key="watched_s",
            kind=_S,
            words=("观察时长 秒", "Watched, s"),
            notes=(
                "时段内从首次得知起（至时段结束，或至制作之时）的秒数；以下各占比以此为分母",
                "seconds of the period from `known_from` on, up to its end or to the making of this pack; the shares "
                "below are shares of this",
            ),
        ),
        Column(
            key="availability",
            kind=_P,
            words=("可用率", "Availability"),
            notes=(
                "(正常 + 降级) ÷ (正常 + 降级 + 故障)。看不见与关机的时间不算在内：看不见不等于故障",
                "(ok + degraded) / (ok + degraded + failed). Time out of sight or off is not counted: not seeing a "
                "device does not mean that it failed",
            ),
        ),
        *(
            Column(
                key=f"share_{state}",
                kind=_P,
                words=(f"{zh}占比", f"Share {en}"),
                notes=(
                    f"处于“{zh}”的时间 ÷ 观察时长，依据系统当时保存的状态变化",
                    f"time {en} / watched time, from the changes of state as they were saved at the time",
                ),
            )
            for state, (zh, en) in _STATE_WORDS.items()
        ),
        Column(key="series", kind=_C, words=("指标数", "Series")),
        Column(key="readings", kind=_C, words=("读数", "Readings")),
        Column(
            key="completeness",
            kind=_P,
            words=("读数完整率", "Completeness"),
            notes=(
                "全部指标的读数 ÷ 应有读数；空：没有固定间隔",
                "readings of all series / those expected; empty: no fixed interval",
            ),
        ),
        Column(key="incidents", kind=_C, words=("故障数", "Incidents")),
        Column(key="tickets", kind=_C, words=("工单数", "Tickets")),
    ),
)

PARAMETERS: Final = Sheet(
    name="parameters",
    words=("运行参数", "Parameters"),
    columns=(
        _ROOM,
        _DEVICE,
        _ROLE,
        Column(key="metric", kind=_T, words=("指标", "Metric"), width=36),
        Column(key="instance", kind=_T, words=("实例", "Instance"), width=18),
        Column(key="unit", kind=_T, words=("单位", "Unit"), notes=("UCUM", "UCUM"), width=10),
        Column(key="n", kind=_C, words=("读数", "n"), notes=("时段内的读数个数", "readings in the period"), width=10),
        Column(
            key="expected_n",
            kind=_C,
            words=("应有读数", "Expected n"),
            notes=(
                "观察时长 ÷ 代理的采样间隔（最近一次上线所报），向下取整；设备按其代理的间隔算，关机时间不扣除；"
                "空：代理没有固定间隔",
                "watched time / the agent's interval (as its last birth said), rounded down; a device is expected at "
                "its agent's pace, and time off is not deducted; empty: its agent has no fixed interval",
            ),
            width=12,
        ),
        Column(key="completeness", kind=_P, words=("完整率", "Completeness"), notes=("n ÷ 应有读数", "n / expected n")),
        Column(key="min", kind=_N, words=("最小", "Min")),
        Column(key="mean", kind=_N, words=("平均", "Mean"), notes=("各读数的算术平均", "of the readings, unweighted")),
        Column(
            key="p95",
            kind=_N,
            words=("95 百分位", "p95"),
            notes=(
                "95% 的读数不高于此值；整日已汇总的，误差不超过 1%",
                "95 % of the readings are not above this; within 1 % where whole days have been rolled up",
            ),
        ),
        Column(key="max", kind=_N, words=("最大", "Max")),
    ),
)

INCIDENTS: Final = Sheet(
    name="incidents",
    words=("故障", "Incidents"),
    columns=(
        Column(key="incident", kind=_T, words=("故障编号", "Incident"), width=20),
        Column(key="ticket", kind=_C, words=("工单", "Ticket"), width=9),
        _ROOM,
        _DEVICE,
        _LEVEL,
        Column(key="rule", kind=_T, words=("规则", "Rule"), width=24),
        Column(key="metric", kind=_T, words=("指标", "Metric"), width=32),
        Column(key="instance", kind=_T, words=("实例", "Instance")),
        Column(key="value", kind=_N, words=("读数", "Value"), notes=("起决定作用的读数", "the reading that decided")),
        Column(key="state", kind=_T, words=("状态", "State"), notes=("open 未恢复，cleared 已恢复", "open or cleared")),
        _ONSET,
        _DETECTED,
        Column(
            key="cleared_at",
            kind=_I,
            words=("恢复", "Cleared"),
            notes=("第一个正常读数的时间", "the first good reading"),
            width=20,
        ),
        Column(
            key="duration_s",
            kind=_S,
            words=("持续 秒", "Duration, s"),
            notes=("从发生到恢复；空：未恢复", "from onset to cleared; empty: still open"),
        ),
        Column(
            key="cause",
            kind=_T,
            words=("起因", "Cause"),
            notes=("引起它的故障的编号", "the incident that caused it"),
            width=20,
        ),
    ),
)

_STEP_WORDS: Final = {
    Step.RESPOND: ("响应", "Respond"),
    Step.ARRIVE: ("到场", "Arrive"),
    Step.SOLVE: ("解决", "Solve"),
    Step.SWAP: ("换机", "Swap"),
}

TICKETS: Final = Sheet(
    name="tickets",
    words=("工单", "Tickets"),
    columns=(
        Column(key="ticket", kind=_C, words=("工单", "Ticket"), width=9),
        _LEVEL,
        Column(key="state", kind=_T, words=("状态", "State")),
        Column(
            key="source",
            kind=_T,
            words=("来源", "Source"),
            notes=("telemetry 自动，person 人工", "telemetry or person"),
        ),
        Column(key="title_zh", kind=_T, words=("标题", "Title (zh-CN)"), width=30),
        Column(key="title_en", kind=_T, words=("英文标题", "Title (en)"), width=30),
        _ROOM,
        _DEVICE,
        _ONSET,
        _DETECTED,
        Column(
            key="opened_at",
            kind=_I,
            words=("开单", "Opened"),
            notes=("各时限由此起算", "the clocks start here"),
            width=20,
        ),
        Column(key="promised_at", kind=_I, words=("承诺时间", "Promised"), width=20),
        Column(key="assignee", kind=_T, words=("负责人", "Assignee")),
        Column(key="symptom", kind=_T, words=("现象", "Symptom"), width=30),
        Column(key="cause", kind=_T, words=("原因", "Cause"), width=30),
        Column(key="remedy", kind=_T, words=("处理", "Remedy"), width=30),
        Column(
            key="coverage",
            kind=_T,
            words=("费用归属", "Coverage"),
            notes=("warranty 保修，contract 合同，billable 收费", "warranty, contract or billable"),
        ),
        Column(key="agreement", kind=_T, words=("协议", "Agreement")),
        Column(key="incidents", kind=_T, words=("故障编号", "Incidents"), width=24),
        *(
            column
            for step, (zh, en) in _STEP_WORDS.items()
            for column in (
                Column(key=f"{step}_due_at", kind=_I, words=(f"{zh}时限", f"{en} due"), width=20),
                Column(key=f"{step}_met_at", kind=_I, words=(f"{zh}时间", f"{en} met"), width=20),
                Column(
                    key=f"{step}_state",
                    kind=_T,
                    words=(f"{zh}结果", f"{en} state"),
                    notes=(
                        "running 计时中，paused 暂停，met 守住，breached 超时，waived 免除；空：协议没有此项",
                        "running, paused, met, breached or waived; empty: the agreement has no such step",
                    ),
                ),
            )
        ),
    ),
)

NOTES: Final = Sheet(
    name="notes",
    words=("说明", "Notes"),
    columns=(
        Column(key="sheet", kind=_T, words=("表", "Sheet"), width=14),
        Column(key="column", kind=_T, words=("列", "Column"), width=20),
        Column(key="name_zh", kind=_T, words=("名称", "Name (zh-CN)"), width=16),
        Column(key="name_en", kind=_T, words=("英文名称", "Name (en)"), width=18),
        Column(key="note_zh", kind=_T, words=("说明", "Note (zh-CN)"), width=70),
        Column(key="note_en", kind=_T, words=("英文说明", "Note (en)"), width=70),
    ),
)

ALL: Final = (SUMMARY, DEVICES, PARAMETERS, INCIDENTS, TICKETS, NOTES)
