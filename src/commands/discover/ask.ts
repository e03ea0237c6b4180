import { createInterface } from 'node:readline/promises'
import { nameFault, timezoneFault, type StringFault } from '../../config/strings.ts'

/** Asks for what no device tells; an empty answer takes what stands in brackets. */
export async function askSite(suggested: { id: string; timezone: string }): Promise<{ id: string; timezone: string }> {
  const id = await ask('name of the site', suggested.id, nameFault)
  return { id, timezone: await ask('its time zone', suggested.timezone, timezoneFault) }
}

export async function askToWrite(file: string): Promise<boolean> {
  const answer = await ask(`write ${file}? yes or no`, 'no', (text) =>
    /^(?:y|yes|n|no)$/i.test(text) ? undefined : { reason: 'write yes or no' },
  )
  return /^y/i.test(answer)
}

async function ask(question: string, usual: string, fault: (text: string) => StringFault | undefined): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    for (;;) {
      const answer = (await terminal.question(`${question} [${usual}]: `)).trim() || usual
      const found = fault(answer)
      if (found === undefined) return answer
      process.stderr.write(`${found.reason}${found.hint === undefined ? '' : `; ${found.hint}`}\n`)
    }
  } finally {
    terminal.close()
  }
}
