#!/usr/bin/env node
/**
 * The command `coldaisle`: runs main.ts, under the Node that this package pins when it was started with an older one.
 *
 * Plain JavaScript in an old dialect (Node 12.20 runs it), because an old Node must be able to read the explanation.
 */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { isatty } from 'node:tty'
import { fileURLToPath, pathToFileURL } from 'node:url'

const NEEDED_MAJOR = 24
const FOLDER = dirname(fileURLToPath(import.meta.url))
// The checkout holds the source, the installed package what was compiled from it.
const FROM_SOURCE = existsSync(join(FOLDER, 'main.ts'))
const MAIN = join(FOLDER, FROM_SOURCE ? 'main.ts' : 'main.js')

if (majorOf(process.versions.node) >= NEEDED_MAJOR) {
  void import(pathToFileURL(MAIN).href)
} else {
  const node = pinnedNode()
  if (node === undefined) explain('there is no Node of its own for ' + process.platform + '-' + process.arch)
  else relaunch(node)
}

/** @returns {string | undefined} the program, or undefined when the optional package is not installed here */
function pinnedNode() {
  try {
    const require = createRequire(import.meta.url)
    const file = require.resolve('node-' + process.platform + '-' + process.arch + '/package.json')
    const { version } = JSON.parse(readFileSync(file, 'utf8'))
    return majorOf(version) >= NEEDED_MAJOR ? join(dirname(file), 'bin', 'node') : undefined
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

/** @param {string} node */
function relaunch(node) {
  const child = spawn(node, process.execArgv.concat(MAIN, process.argv.slice(2)), { stdio: 'inherit' })
  // A terminal sends Ctrl-C to both of us: passed on as well, it would count as a second, impatient one.
  const onTerminal = isTerminal()
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']
  for (const signal of signals) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !onTerminal) child.kill(signal)
    })
  }
  child.on('error', (error) => explain('its own Node at ' + node + ' does not start: ' + error.message))
  child.on('exit', (code, signal) => {
    // An old Node aborts when it exits without its terminal; ended by a signal it does not (D62).
    if (onTerminal && !isTerminal()) {
      process.removeAllListeners('SIGHUP')
      process.kill(process.pid, 'SIGHUP')
    } else process.exit(signal === null ? code : 128 + constants.signals[signal])
  })
}

/** Whether one of our streams is a terminal now: one that was closed is none any more. */
function isTerminal() {
  return [0, 1, 2].some((fd) => isatty(fd))
}

/** @param {string} why */
function explain(why) {
  const withItsOwn = ', or run `npm ci` without --omit=optional on Linux with glibc'
  console.error(
    [
      'coldaisle needs Node ' +
        NEEDED_MAJOR +
        ' or newer, this is ' +
        process.versions.node +
        ' (' +
        process.execPath +
        '),',
      'and ' + why + '.',
      'Install Node ' + NEEDED_MAJOR + ' (https://nodejs.org)' + (FROM_SOURCE ? withItsOwn : '') + '.',
    ].join('\n'),
  )
  process.exitCode = 1
}

/** @param {string} version */
function majorOf(version) {
  return Number(version.split('.')[0])
}
