/** Calls of the API. Components know nothing of this; the hooks in `queries.ts` and `actions.ts` do. */
import type { paths } from './schema'
import type { Problem } from './types'

/** What went wrong with a call, in the server's words where it gave any. Status 0: it did not answer. */
export class CallFailed extends Error {
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem> = {},
    /** Nothing was to be changed by it. */
    readonly isRead = false,
  ) {
    super(problem.detail || problem.title || `status ${status}`)
    this.name = 'CallFailed'
  }
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'
type Json<R> = R extends { content: { 'application/json': infer T } } ? T : undefined
type Answer<O> = O extends { responses: infer R }
  ? R extends { 200: infer A }
    ? Json<A>
    : R extends { 201: infer A }
      ? Json<A>
      : undefined
  : never
type PathsWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never
}[keyof paths]

type Params = Record<string, string | number | readonly (string | number)[] | null | undefined>

interface Extra {
  /** Values for the `{names}` of the path. */
  at?: Record<string, string | number>
  query?: Params
  body?: unknown
  /** Makes a retry of the same intent safe. */
  key?: string
  signal?: AbortSignal
}

let onSignedOut: () => void = () => undefined

/** Says what happens when the server wants a sign-in. */
export function whenSignedOut(act: () => void): void {
  onSignedOut = act
}

function address(path: string, extra: Extra): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(extra.at?.[name] ?? '')),
  )
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(extra.query ?? {})) {
    if (value === null || value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one))
  }
  const text = query.toString()
  return text === '' ? filled : `${filled}?${text}`
}

/** Sends one call and returns its answer. Throws CallFailed. */
export async function call<M extends Method, P extends PathsWith<M>>(
  method: M,
  path: P,
  extra: Extra = {},
): Promise<Answer<paths[P][M & keyof paths[P]]>> {
  const answer = await send(method, address(path, extra), extra)
  return (answer.status === 204 ? undefined : await answer.json()) as never
}

/** Asks for a file and returns it with the name that the server gave it. Throws CallFailed. */
export async function fileCall(
  path: PathsWith<'post'>,
  body: unknown,
): Promise<{ blob: Blob; name: string }> {
  const answer = await send('post', path, { body })
  const said = /filename="?([^";]+)"?/.exec(answer.headers.get('Content-Disposition') ?? '')
  return { blob: await answer.blob(), name: said?.[1] ?? '' }
}

async function send(method: Method, url: string, extra: Extra): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json, application/zip' }
  if (extra.body !== undefined) headers['Content-Type'] = 'application/json'
  if (extra.key !== undefined) headers['Idempotency-Key'] = extra.key
  let answer: Response
  try {
    answer = await fetch(url, {
      method: method.toUpperCase(),
      headers,
      body: extra.body === undefined ? undefined : JSON.stringify(extra.body),
      signal: extra.signal,
      credentials: 'same-origin',
    })
  } catch (error) {
    if (extra.signal?.aborted) throw error
    throw new CallFailed(0, {}, method === 'get')
  }
  if (answer.ok) return answer
  const problem = (await answer.json().catch(() => ({}))) as Partial<Problem>
  if (answer.status === 401 && url !== '/api/v1/session') onSignedOut()
  throw new CallFailed(answer.status, problem, method === 'get')
}
