import { byId, say } from './elements.js'

/** The page as a screen: a wall shows its first screen alone, larger; a phone begins with what stands. */

const WALL = '/wall'
/** A picture that never moves burns in: a wall is shifted by some pixels each minute, in a round of nine. */
const SHIFT_MS = 60_000
const SHIFT_PX = 2

export function showView() {
  const isWall = location.pathname === WALL
  document.documentElement.dataset['view'] = isWall ? 'wall' : 'desk'
  const other = byId('other-view').querySelector('a')
  if (isWall && other !== null) {
    other.setAttribute('href', '/')
    say(other, 'all')
  }
  const header = document.querySelector('header')
  if (header !== null) {
    const measure = () => document.documentElement.style.setProperty('--head', `${header.offsetHeight}px`)
    new ResizeObserver(measure).observe(header)
  }
  if (matchMedia('(max-width: 44rem)').matches) byId('transitions-part').removeAttribute('open')
  if (isWall) setInterval(shift, SHIFT_MS)
}

function shift() {
  const place = Math.floor(Date.now() / SHIFT_MS) % 9
  const [x, y] = [((place % 3) - 1) * SHIFT_PX, (Math.floor(place / 3) - 1) * SHIFT_PX]
  document.body.style.translate = `${x}px ${y}px`
}
