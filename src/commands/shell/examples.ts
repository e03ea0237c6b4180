import type { Command } from 'commander'

/** By command, two lines that can be typed as they stand once `site.yaml` lies in the folder. */
const EXAMPLES: Readonly<Record<string, readonly [string, string]>> = {
  discover: ['discover --url mqtt://127.0.0.1:1883', 'discover --yes --out dc5.yaml day.ndjson.gz'],
  check: ['check', 'check --config dc5.yaml --live 60'],
  replay: [
    'replay --from 2026-03-02T10:00Z --until 2026-03-02T12:00Z day.ndjson.gz > rows.ndjson',
    'replay --diff stricter.yaml day.ndjson.gz',
  ],
  run: ['run', 'COLDAISLE_CONFIG=/etc/coldaisle/site.yaml coldaisle run'],
  edge: ['edge', 'edge --config /etc/coldaisle/dc5.yaml'],
  demo: ['demo', 'demo --port 9000 --scenario breach'],
  simulate: [
    'simulate --out day.ndjson.gz --hours 24',
    'simulate --scenario breach --fault gateway-down:h1@+20m/30m --out day.ndjson',
  ],
  record: ['record --for 1h --out hour.ndjson.gz', "record --for 10m --topic 'dc5/#' > ten-minutes.ndjson"],
  alarms: ['alarms list', 'alarms ack inlet_allowable h1-r07 --by ana'],
  'alarms list': ['alarms list', 'alarms list --json'],
  'alarms history': ['alarms history', 'alarms history --from 2026-03-01T00:00Z --alarm inlet_allowable'],
  'alarms figures': ['alarms figures', 'alarms figures --hours --from 2026-03-01T00:00Z'],
  'alarms ack': [
    'alarms ack inlet_allowable h1-r07 --by ana',
    "alarms ack stale '*' --by ana --why 'the switch is being replaced'",
  ],
  'alarms shelve': [
    "alarms shelve stale crac-3 --by ana --for 2h --why 'filters'",
    'alarms shelve gateway h1 --by ana --until 2026-03-02T18:00+01:00 --why maintenance',
  ],
  'alarms unshelve': ['alarms unshelve stale crac-3 --by ana', "alarms unshelve stale '*' --by ana"],
  'alarms out_of_service': [
    "alarms out_of_service stale crac-3 --by ana --why 'taken down'",
    "alarms out_of_service gateway h1 --by ana --why 'hall is rebuilt'",
  ],
  'alarms in_service': ['alarms in_service stale crac-3 --by ana', "alarms in_service gateway '*' --by ana"],
  'alarms backtest': ['alarms backtest month.ndjson.gz', 'alarms backtest --against stricter.yaml month.ndjson.gz'],
  account: ['account add ana --role operator', 'account token prometheus --grants metrics'],
  'account add': ['account add ana', 'account add ana --role operator --password-file ana.secret'],
  'account device': [
    'account device gw-h1 --publish dc5/h1 dc5/ups',
    'account device console --subscribe coldaisle/dc5 --commands --password-file console.secret',
  ],
  'account password': ['account password ana', 'account password ana --password-file ana.secret'],
  'account role': ['account role ana --role operator', 'account role ana --role none'],
  'account token': ['account token prometheus', 'account token wall --grants viewer'],
  'account remove': ['account remove ana', 'account remove prometheus'],
  'account list': ['account list', 'account list --config dc5.yaml'],
  refused: ['refused', 'refused --since 2h --outcome bad_time'],
  'dead-letters': ['dead-letters list', 'dead-letters retry'],
  'dead-letters list': ['dead-letters list', 'dead-letters list --json'],
  'dead-letters retry': ['dead-letters retry', 'dead-letters retry 17 18'],
  'dead-letters drop': ['dead-letters drop', 'dead-letters drop 17'],
  explain: ['explain dc5 24h', 'explain dc5 day --at 2026-03-02T00:00+01:00'],
  journal: ['journal > journal.ndjson', 'journal --config dc5.yaml | gzip > journal.ndjson.gz'],
  recompute: [
    'recompute --from 2026-03-01T00:00Z --dry-run',
    'recompute --from 2026-03-01T00:00Z --to 2026-03-02T00:00Z',
  ],
  publish: ['publish --out public', 'publish --config dc5.yaml --out /srv/www/pue'],
  init: ['init', "init --yes --name dc5 --broker mqtt://10.0.0.5:1883 --racks 'r{01..40}'"],
  schema: ['schema > schema.json', 'schema report > report.schema.json'],
  verify: [
    'verify reports/dc5-2026-eu-2024-1364/r0 --key public.pem',
    'verify reports/dc5-2026-eu-2024-1364/r1 --fingerprint SHA256:5f0c…',
  ],
  report: [
    'report --period 2026-Q3 --format html > q3.html',
    'report --period 2026 --rules eu-c-2026-3472 --out reports --sign key.pem',
  ],
  savings: [
    'savings --data daily.csv --baseline 2025 --report 2026-01/2026-06 --lock baseline.json',
    "savings --baseline 2025 --report 2026-Q1 --event '2026-02-03/2026-02-05=chiller work' --json",
  ],
  completion: ['completion bash > ~/.local/share/bash-completion/completions/coldaisle', 'completion fish | source'],
}

/** Adds to the help of each command, and of those below it, how it is used. */
export function addExamples(commands: readonly Command[], above = ''): void {
  for (const command of commands) {
    const name = `${above}${command.name()}`
    const lines = (EXAMPLES[name] ?? []).map((line) => (line.includes('coldaisle ') ? line : `coldaisle ${line}`))
    if (lines.length > 0) command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`)
    addExamples(command.commands, `${name} `)
  }
}
