/** @import { Session } from './types.ts' */

/** Who looks at this page, and what they order. */

const SESSION = '/api/v1/session'

/** @returns {Promise<Session>} */
export async function askSession() {
  const response = await fetch(SESSION)
  if (!response.ok) throw new Error(`${SESSION}: ${response.status}`)
  return response.json()
}

/**
 * Undefined: logged in; else why not.
 * @param {string} name
 * @param {string} password
 * @returns {Promise<string | undefined>}
 */
export function logIn(name, password) {
  return send(SESSION, 'POST', { name, password })
}

/** @param {Session} session */
export function logOut(session) {
  return send(SESSION, 'DELETE', undefined, session.csrf)
}

/**
 * Orders something of an alarm. Undefined: it is on the daemon's disk; else why not.
 * @param {Session} session
 * @param {{ command: string, alarm: string, source: string, why?: string, until?: string }} command
 */
export function order(session, command) {
  return send('/api/v1/alarms/command', 'POST', command, session.csrf)
}

/**
 * @param {string} path
 * @param {string} method
 * @param {object} [body]
 * @param {string} [csrf]
 * @returns {Promise<string | undefined>}
 */
async function send(path, method, body, csrf) {
  const headers = {
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...(csrf === undefined ? {} : { 'X-Coldaisle-CSRF': csrf }),
  }
  try {
    const content = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(path, { method, headers, ...content, signal: AbortSignal.timeout(20_000) })
    return response.ok ? undefined : (await response.text()).trim()
  } catch {
    return 'no answer: is the daemon running?'
  }
}
