/**
 * A small API that plays one moment of the design's pictures, for development and screenshots.
 *
 *   node mock/server.mjs SCENE [PORT]     scenes: bad, calm, room, ticket, queue, phone, first, stale
 *
 * It serves `dist` beside it. Its clock starts at the scene's time whenever a page opens the event stream.
 */
import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { scene } from './scenes.mjs'

const [name = 'bad', port = '8099', language = 'zh-CN'] = process.argv.slice(2)
const dist = fileURLToPath(new URL('../dist', import.meta.url))
const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

let played = scene(name, language)
let began = Date.now()
const now = () => played.at + (Date.now() - began)

const send = (answer, value, status = 200) => {
  answer.writeHead(status, { 'Content-Type': 'application/json' })
  answer.end(JSON.stringify(value))
}

const pulse = () => ({
  now: new Date(now()).toISOString(),
  data_at: new Date(now() - 600 - 300 * Math.random()).toISOString(),
  data_age_s: 0.5 + Math.random() * 0.3,
  readings_per_s: 1200,
})

let opened = 0

function events(answer) {
  opened += 1
  if (played.silent && opened > 1) return send(answer, { title: 'Gone', status: 503 }, 503)
  played = scene(name, language)
  began = Date.now()
  answer.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' })
  const tell = (event, data) => answer.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  tell('snapshot', { pulse: pulse(), ...played.snapshot })
  if (played.silent) return
  const timer = setInterval(() => tell('pulse', { items: [pulse()] }), 1000)
  answer.on('close', () => clearInterval(timer))
}

function act(id, action, fields, answer) {
  const ticket = played.snapshot.tickets.find((one) => one.id === id)
  if (ticket === undefined) return send(answer, { title: 'There is no such ticket', status: 404 }, 404)
  const at = new Date(now()).toISOString()
  if (action === 'acknowledge') Object.assign(ticket, { state: 'acknowledged', assignee: 'admin' })
  if (action === 'arrive') ticket.state = 'on_site'
  if (action === 'dispatch')
    Object.assign(ticket, { assignee: fields.assignee, expected_at: fields.expected_at ?? null })
  if (action === 'restore' || action === 'swap') Object.assign(ticket, { state: 'restored', restored_at: at })
  ticket.version += 1
  ticket.updated_at = at
  played.logs[id] = [
    ...(played.logs[id] ?? []),
    { number: ticket.version, at, actor: 'admin', action, fields },
  ]
  return send(answer, ticket)
}

async function api(request, answer, url) {
  const path = url.pathname.slice('/api/v1'.length)
  const page = (items) => send(answer, { items, next: null })
  const { snapshot } = played
  const found = (list, id) => {
    const one = list.find((item) => String(item.id) === id)
    return one
      ? send(answer, one)
      : send(answer, { title: 'There is no such thing', status: 404, detail: id }, 404)
  }
  if (path === '/events') return events(answer)
  if (path === '/me')
    return send(answer, { name: 'admin', role: 'admin', language, sites: [], via: 'session' })
  if (path === '/status') return send(answer, { ...pulse(), ...played.status })
  if (path === '/incidents') {
    const rooms = url.searchParams.getAll('room')
    const devices = url.searchParams.getAll('device')
    return page(
      played.past.filter(
        (one) =>
          (!rooms.length || rooms.includes(one.room)) && (!devices.length || devices.includes(one.device)),
      ),
    )
  }
  if (path === '/series') return send(answer, played.series(url.searchParams, now()))
  if (path === '/tickets') return page(url.searchParams.get('state') === 'closed' ? [] : snapshot.tickets)
  const parts = path.slice(1).split('/').map(decodeURIComponent)
  if (parts[0] === 'rooms' && parts.length === 3) return found(played.rooms, `${parts[1]}/${parts[2]}`)
  if (parts[0] === 'devices' && parts[2] === 'metrics') return page(played.metrics(parts[1], now()))
  if (parts[0] === 'tickets' && parts[2] === 'log') return page(played.logs[parts[1]] ?? [])
  if (parts[0] === 'tickets' && parts.length === 2) return found(snapshot.tickets, parts[1])
  if (parts[0] === 'tickets' && request.method === 'POST') {
    let body = ''
    for await (const chunk of request) body += chunk
    return act(Number(parts[1]), parts[2], JSON.parse(body || '{}'), answer)
  }
  return send(answer, { title: 'Not found', status: 404, detail: path }, 404)
}

createServer((request, answer) => {
  const url = new URL(request.url, 'http://mock')
  if (url.pathname.startsWith('/api/')) return void api(request, answer, url)
  const file = join(dist, normalize(url.pathname))
  const shown = extname(file) && existsSync(file) ? file : join(dist, 'index.html')
  answer.writeHead(200, {
    'Content-Type': TYPES[extname(shown)] ?? 'application/octet-stream',
    'Content-Security-Policy': "default-src 'self'; img-src 'self' data:",
  })
  createReadStream(shown).pipe(answer)
}).listen(Number(port), '127.0.0.1', () => console.log(`${name} at http://127.0.0.1:${port}`))
