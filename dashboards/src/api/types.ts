/** Short names for the types that are generated from the API's description. */
import type { components } from './schema'

type Schemas = components['schemas']

export type Site = Schemas['Site']
export type Room = Schemas['Room']
export type RoomDetail = Schemas['RoomDetail']
export type Lesson = Schemas['Lesson']
export type Device = Schemas['Device']
export type Metric = Schemas['Metric']
/** What a rule watches a metric against. */
export type Limit = Schemas['Threshold']
export type Parent = Schemas['ExplainedParent']
export type Override = Schemas['Override']
export type RuleForm = Schemas['RuleForm']
export type Clause = Schemas['Clause']
export type Buckets = Schemas['Buckets']
export type Correction = Schemas['Correction']
export type Incident = Schemas['Incident']
export type Ticket = Schemas['Ticket']
export type Clock = Schemas['Clock']
export type Step = Clock['step']
export type LogEntry = Schemas['LogEntry']
export type Words = Schemas['Words']
export type Action = Schemas['Action']
export type TicketAsked = Schemas['TicketAsked']
export type Agent = Schemas['Agent']
export type AgentConfigText = Schemas['ConfigText']
export type EnrolmentAsked = Schemas['EnrolmentAsked']
export type EnrolmentMade = Schemas['EnrolmentMade']
export type Maintenance = Schemas['Maintenance']
export type Notice = Schemas['Notice']
export type Training = Schemas['TrainingSuggestion']
export type MaintenanceAsked = Schemas['MaintenanceAsked']
export type Drill = Schemas['Drill']
export type Foresight = Schemas['Foresight']
export type Pulse = Schemas['Pulse']
export type Status = Schemas['Status']
export type Snapshot = Schemas['Snapshot']
export type Me = Schemas['Me']
export type Problem = Schemas['Problem']
export type State = Device['state']
export type Level = 1 | 2 | 3 | 4

/** An API level as the closed set that the page draws. */
export function levelOf(level: number | null | undefined): Level | null {
  return level === 1 || level === 2 || level === 3 || level === 4 ? level : null
}
