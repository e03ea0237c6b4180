import { byId, say } from './elements.js'
import { askSession, logIn } from './session.js'

/** The page on which people say who they are. */

const form = /** @type {HTMLFormElement} */ (byId('login'))
const name = /** @type {HTMLInputElement} */ (byId('name'))
const password = /** @type {HTMLInputElement} */ (byId('password'))

form.addEventListener('submit', (event) => {
  event.preventDefault()
  void enter()
})
name.focus()
// A link from another site brings no session along, although there may be one.
askSession().then(
  (session) => {
    if (!session.accounts || session.csrf !== undefined) location.replace('/')
  },
  () => say(byId('fault'), 'no answer: is the daemon running?'),
)

async function enter() {
  const fault = await logIn(name.value, password.value)
  if (fault === undefined) return location.replace('/')
  say(byId('fault'), fault)
  password.value = ''
  password.focus()
}
