/** Elements are made here, from text only: nothing that comes from outside is ever read as markup. */

/**
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, text] of Object.entries(attributes)) element.setAttribute(name, text)
  element.append(...children)
  return element
}

/**
 * The element of the page with this id.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`the page has no ${id}`)
  return element
}

/**
 * Sets a text only if it changed, so that readers of the screen are told changes alone.
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text
}

/**
 * A bar of a share, 0 to 1.
 * @param {HTMLElement} bar
 * @param {number | undefined} share
 */
export function fill(bar, share) {
  bar.style.setProperty('--share', String(Math.min(1, Math.max(0, share ?? 0))))
}

/**
 * A term with its description, for a `dl`.
 * @param {string} term
 * @param {...(Node | string)} description
 * @returns {HTMLElement}
 */
export function pair(term, ...description) {
  return make('div', {}, make('dt', {}, term), make('dd', {}, ...description))
}

/**
 * The mark of a band: its own shape, so that it is told apart without colour.
 * @param {number} band
 * @returns {HTMLElement}
 */
export function mark(band) {
  return make('span', { class: `mark band-${band}`, 'aria-hidden': 'true' })
}
