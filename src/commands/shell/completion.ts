import { Argument, type Command } from 'commander'
import { ALARM_KINDS } from '../../core/contract/alarm-kinds.ts'
import { COMMANDS } from '../../core/alarms/command.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

/** A command as a shell completes it: its path below `coldaisle`, and what can follow. */
interface Completable {
  path: string
  words: readonly { word: string; description: string }[]
  /** Options that a value follows; without values of its own: a file or a text. */
  valued: readonly { option: string; description: string; values: readonly string[] }[]
}

/** What may stand for an argument, though other texts may, too. */
const WINDOWS = ['live', '5m', '1h', '24h', '7d', '30d', '365d', 'day', 'month', 'year', 'day_to_date', 'month_to_date']
const USUAL_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  explain: WINDOWS,
  ...Object.fromEntries(COMMANDS.map((command) => [`alarms ${command}`, ALARM_KINDS])),
}

/** `coldaisle completion SHELL`; all other commands must have been added before. */
export function addCompletion(coldaisle: Command): void {
  coldaisle
    .command('completion')
    .description('print what has a shell complete our commands and options')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action((shell: Shell) => {
      process.stdout.write(scriptOf(shell, completables(coldaisle, '')))
    })
}

function completables(command: Command, path: string): Completable[] {
  const below = command.commands.map((it) => ({ word: it.name(), description: it.description() }))
  const options = command.options.map(({ long, description }) => ({ word: long ?? '', description }))
  const usual = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices)
  const values = [...usual, ...(USUAL_ARGUMENTS[path] ?? [])].map((word) => ({ word, description: 'a usual value' }))
  const own = {
    path,
    words: [...below, ...values, ...options, { word: '--help', description: 'how it is used' }],
    valued: command.options
      .filter(({ required }) => required)
      .map(({ long, description, argChoices = [] }) => ({ option: long ?? '', description, values: argChoices })),
  }
  return [own, ...command.commands.flatMap((it) => completables(it, `${path} ${it.name()}`.trim()))]
}

function scriptOf(shell: Shell, all: readonly Completable[]): string {
  if (shell === 'fish') return fish(all)
  return shell === 'bash' ? bash(all) : zsh(all)
}

/** Words that do not begin with a dash and are commands make up the path; where nothing fits, files are offered. */
function bash(all: readonly Completable[]): string {
  const cases = all.map(({ path, words }) => `    '${path}') words='${words.map(({ word }) => word).join(' ')}' ;;`)
  const valueCases = all.flatMap(({ path, valued }) =>
    valued.map(({ option, values }) => `    '${path} ${option}') words='${values.join(' ')}' ;;`),
  )
  return `# bash completion of coldaisle
_coldaisle() {
  local path='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case " ${paths(all)} " in *" \${path:+$path/}$word "*) path="\${path:+$path/}$word" ;; esac
  done
  case "\${path//\\// }" in
${cases.join('\n')}
  esac
  case "\${path//\\// } \${COMP_WORDS[COMP_CWORD-1]}" in
${valueCases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _coldaisle coldaisle
`
}

function zsh(all: readonly Completable[]): string {
  const cases = all.map(({ path, words }) => {
    const lines = words.map(({ word, description }) => `'${word}:${quoted(description)}'`)
    return `    '${path}') words_of=(${lines.join(' ')}) ;;`
  })
  const valueCases = all.flatMap(({ path, valued }) =>
    valued.map(({ option, values }) => `    '${path} ${option}') words_of=(${values.join(' ')}) ;;`),
  )
  return `#compdef coldaisle
_coldaisle() {
  local path_of='' word
  local -a words_of
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case " ${paths(all)} " in *" \${path_of:+$path_of/}$word "*) path_of="\${path_of:+$path_of/}$word" ;; esac
  done
  case "\${path_of//\\// }" in
${cases.join('\n')}
  esac
  case "\${path_of//\\// } \${words[CURRENT-1]}" in
${valueCases.join('\n')}
  esac
  _describe 'coldaisle' words_of || _files
}
if [ "$funcstack[1]" = "_coldaisle" ]; then _coldaisle "$@"; else compdef _coldaisle coldaisle; fi
`
}

function fish(all: readonly Completable[]): string {
  const lines = all.flatMap(({ path, words, valued }) =>
    words.map(({ word, description }) => {
      const values = valued.find(({ option }) => option === word)?.values
      const follows = values === undefined ? '-l' : values.length === 0 ? '-r -l' : `-x -a '${values.join(' ')}' -l`
      const [what, name] = word.startsWith('--') ? [follows, word.slice(2)] : ['-f -a', word]
      return `complete -c coldaisle -n '__coldaisle_at "${path}"' ${what} ${name} -d '${quoted(description)}'`
    }),
  )
  return `# fish completion of coldaisle
function __coldaisle_at
  set -l path
  for word in (commandline -opc)[2..-1]
    set -l next (string join / $path $word)
    contains -- $next ${paths(all)}; and set path $next
  end
  test (string replace -a / ' ' -- "$path") = "$argv[1]"
end
${lines.join('\n')}
`
}

function paths(all: readonly Completable[]): string {
  return all.flatMap(({ path }) => (path === '' ? [] : [path.replaceAll(' ', '/')])).join(' ')
}

/** A description within single quotes, of which a colon would end the word in zsh. */
function quoted(text: string): string {
  return text.replaceAll(/[':\\]/g, ' ').replaceAll('`', '')
}
