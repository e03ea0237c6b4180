/** @import { Row, View } from './types.ts' */
import { byId, make, say } from './elements.js'
import { order } from './session.js'
import { nowMs } from './view.js'
import { plain } from './words.js'

/** What an operator orders of an alarm that stands, and the dialog that asks for the reason. */

const MINUTE_MS = 60_000
/** @type {Record<string, string>} */
const WORDS = { ack: 'Acknowledge', shelve: 'Shelve', unshelve: 'Unshelve' }

/**
 * The buttons of an alarm; none for who may not order anything.
 * @param {View} view
 * @param {Row} row
 * @returns {HTMLElement[]}
 */
export function orderButtons(view, row) {
  return buttonsFor(view, row, row.fields['state'] === 'acked' ? ['shelve'] : ['ack', 'shelve'])
}

/**
 * What takes an alarm off the shelf; what is set aside otherwise comes back by itself, or by the configuration.
 * @param {View} view
 * @param {Row} row
 * @returns {HTMLElement[]}
 */
export function backButtons(view, row) {
  return buttonsFor(view, row, row.fields['state'] === 'shelved' ? ['unshelve'] : [])
}

/**
 * @param {View} view
 * @param {Row} row
 * @param {string[]} commands
 */
function buttonsFor({ session }, { tags }, commands) {
  if (session?.right !== 'operator' || commands.length === 0) return []
  const about = { 'data-alarm': tags['alarm'] ?? '', 'data-source': tags['source'] ?? '' }
  const buttons = commands.map((command) =>
    make('button', { type: 'button', 'data-command': command, ...about }, (WORDS[command] ?? '').toLowerCase()),
  )
  return [make('span', { class: 'orders' }, ...buttons)]
}

/** @param {View} view */
export function createOrders(view) {
  const dialog = /** @type {HTMLDialogElement} */ (byId('order'))
  const why = /** @type {HTMLInputElement} */ (byId('order-why'))
  const minutes = /** @type {HTMLSelectElement} */ (byId('order-for'))
  let asked = { command: '', alarm: '', source: '' }
  for (const list of ['active', 'aside']) byId(list).addEventListener('click', ({ target }) => begin(target))
  /** @param {EventTarget | null} target */
  function begin(target) {
    if (!(target instanceof HTMLElement)) return
    const { command, alarm = '', source = '' } = target.dataset
    if (command === undefined) return
    asked = { command, alarm, source }
    const isShelving = command === 'shelve'
    const word = WORDS[command] ?? command
    say(byId('order-title'), `${word} ${plain(alarm)} of ${source}`)
    say(byId('order-do'), word)
    byId('order-span').hidden = !isShelving
    why.required = isShelving
    why.value = ''
    say(byId('order-fault'), '')
    dialog.showModal()
  }
  byId('order-cancel').addEventListener('click', () => dialog.close())
  byId('order-form').addEventListener('submit', (event) => {
    event.preventDefault()
    void send()
  })
  async function send() {
    if (view.session === undefined) return
    const untilMs = nowMs(view) + Number(minutes.value) * MINUTE_MS
    const until = asked.command === 'shelve' ? { until: new Date(untilMs).toISOString() } : {}
    const fault = await order(view.session, { ...asked, ...until, ...(why.value === '' ? {} : { why: why.value }) })
    if (fault === undefined) dialog.close()
    else say(byId('order-fault'), fault)
  }
}
