import type { ClientTls } from '../../config/files/client-tls.ts'
import { createHash } from 'node:crypto'
import { createTransport } from 'nodemailer'
import type { Config } from '../../config/config.ts'
import { filled } from './template.ts'
import { transitionKey, wantedOf, type AlarmTransition, type Delivery, type Duty, type Receiver } from './types.ts'

type Email = Config['notify']['emails'][number]

export interface EmailParts {
  name: string
  config: Omit<Email, 'name' | 'passwordFile' | 'caFile' | 'certFile' | 'keyFile'>
  password?: string | undefined
  duty?: Duty | undefined
  /** Certificates of the connection, as their files are now. */
  tls?: (() => ClientTls) | undefined
}

const DAY_MS = 86_400_000
const TIMEOUT_MS = 10_000
const SUBJECT_LENGTH = 200
const PORTS = { starttls: 587, implicit: 465, none: 25 } as const

/**
 * Sends each notice as a mail of its own. All mails of one alarm are one thread. One that is sent once more, as its
 * answer was lost, has the same `Message-ID`, by which servers and readers know it. Whoever has got a mail is left out
 * when it is tried again for the others.
 */
export function createEmail({ name, config, password, tls, duty }: EmailParts): Receiver {
  let course = { key: '', have: new Set<string>() }
  return {
    name,
    batch: 1,
    keepMs: DAY_MS,
    eager: false,
    duty,
    async deliver(notices, signal) {
      const transition = wantedOf(config, notices)
      if (transition === undefined) return { kind: 'skipped' }
      if (signal.aborted) return STOPPING
      const key = transitionKey(transition)
      if (course.key !== key) course = { key, have: new Set() }
      const { have } = course
      const to = config.to.filter((address) => !have.has(address))
      if (to.length === 0) return { kind: 'delivered' }
      const { promise: cut, resolve } = Promise.withResolvers<Delivery>()
      const onCut = (): void => resolve(STOPPING)
      signal.addEventListener('abort', onCut, { once: true })
      const transport = createTransport(wayOf(config, password, tls?.()))
      const sending = transport.sendMail({ ...mailOf(config, transition), envelope: { from: config.from, to } })
      try {
        return await Promise.race([
          sending.then(
            (answer) => sent(answer, have),
            (error: MailError) => failed(error, have),
          ),
          cut,
        ])
      } finally {
        signal.removeEventListener('abort', onCut)
        transport.close()
      }
    },
  }
}

/** A mail that is no alarm: a report, with its files. */
interface PlainMail {
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  /** What it is of: sent twice, it is the same mail to servers and readers. */
  readonly of: string
  readonly files: readonly { readonly filename: string; readonly content: Buffer; readonly contentType: string }[]
}

/** Sends a mail by the server and sender of a receiver of alarms. Rejects with Error, without what the server says. */
export async function sendMail({ config, password, tls }: Omit<EmailParts, 'duty'>, mail: PlainMail): Promise<void> {
  const { to, subject, text, of, files } = mail
  const transport = createTransport(wayOf(config, password, tls?.()))
  const sending = transport.sendMail({
    from: config.from,
    to: [...to],
    subject: subject.slice(0, SUBJECT_LENGTH),
    text,
    attachments: [...files],
    messageId: messageId(of, domainOf(config.from)),
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const refused = await sending.then(
    () => undefined,
    (error: MailError) => reasonOf(error),
  )
  transport.close()
  if (refused !== undefined) throw new Error(`the mail server does not take it: ${refused}`)
}

const STOPPING: Delivery = { kind: 'kept', reason: 'we are stopping' }

function wayOf({ host, port, tls, username }: EmailParts['config'], password?: string, own: ClientTls = {}) {
  return {
    host,
    port: port ?? PORTS[tls],
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    ...(username === undefined || password === undefined ? {} : { auth: { user: username, pass: password } }),
    tls: { minVersion: 'TLSv1.2' as const, ...own },
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  }
}

function mailOf({ from, to, subject, text }: EmailParts['config'], transition: AlarmTransition) {
  const { severity, alarm, site, state, id, timeMs } = transition
  const domain = domainOf(from)
  const thread = messageId(`${site}:${id}`, domain)
  return {
    from,
    to: [...to],
    subject: filled(subject, transition)
      .replaceAll(/[ \t\r\n]+/g, ' ')
      .trim()
      .slice(0, SUBJECT_LENGTH),
    text: filled(text, transition),
    date: new Date(timeMs),
    messageId: messageId(`${site}:${transitionKey(transition)}`, domain),
    inReplyTo: thread,
    references: [thread],
    headers: {
      'Auto-Submitted': 'auto-generated', // nobody's absence is to answer it
      'X-Coldaisle-Alarm': alarm,
      'X-Coldaisle-State': state,
    },
    ...(severity === 'critical' || severity === 'high' ? { priority: 'high' as const } : {}),
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}

function messageId(of: string, domain: string): string {
  return `<${createHash('sha256').update(of).digest('hex').slice(0, 32)}@${domain}>`
}

/** What an error of the package tells, where it does; `command` is the step of SMTP that failed. */
interface MailError {
  code?: string | undefined
  originalCode?: string | undefined
  responseCode?: number | undefined
  response?: string | undefined
  command?: string | undefined
}

interface Answer {
  accepted: readonly unknown[]
  rejected: readonly unknown[]
  rejectedErrors?: readonly MailError[] | undefined
}

/** Some addresses may have been refused: for now, so that they are tried again, or for good, which is told. */
function sent({ accepted, rejected, rejectedErrors = [] }: Answer, have: Set<string>): Delivery {
  for (const address of accepted) have.add(String(address))
  if (rejected.length === 0) return { kind: 'delivered' }
  const forNow = rejectedErrors.find((error) => !isForGood(error))
  return forNow === undefined ? refusedFor(rejected.length) : { kind: 'kept', reason: reasonOf(forNow) }
}

function refusedFor(addresses: number): Delivery {
  return { kind: 'delivered', reason: `the mail server refuses ${addresses} of those who should get it` }
}

/**
 * Only a mail whose content is refused for good is given up. An account, an address or a server that is not right can
 * be put right; until then mails wait.
 */
function failed(error: MailError, have: ReadonlySet<string>): Delivery {
  const { code, responseCode, response = '', command } = error
  if (code === 'EENVELOPE' && have.size > 0 && isForGood(error)) return refusedFor(1)
  // Relays refuse accounts and senders behind DATA, too: size and content have enhanced codes of their own (RFC 3463)
  const isContent = responseCode === 552 || /^5\d\d[ -]5\.(6\.\d+|3\.4)\b/.test(response)
  return { kind: command === 'DATA' && isContent ? 'rejected' : 'kept', reason: reasonOf(error) }
}

function isForGood({ responseCode = 0 }: MailError): boolean {
  return responseCode >= 500
}

function reasonOf({ code = 'unknown', originalCode = code, responseCode, command }: MailError): string {
  const status = responseCode === undefined ? '' : `, status ${responseCode}`
  return `${originalCode}${status}${command === undefined ? '' : ` at ${command}`}`
}
