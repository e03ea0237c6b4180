import { Argument, type Command } from 'commander'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

/** A command as a shell completes it: its path below `coldaisle`, and what can follow. */
interface Completable {
  path: string
  words: readonly { word: string; description: string }[]
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
  const own = { path, words: [...below, ...options, { word: '--help', description: 'how it is used' }] }
  return [own, ...command.commands.flatMap((it) => completables(it, `${path} ${it.name()}`.trim()))]
}

function scriptOf(shell: Shell, all: readonly Completable[]): string {
  if (shell === 'fish') return fish(all)
  return shell === 'bash' ? bash(all) : zsh(all)
}

/** Words that do not begin with a dash and are commands make up the path; where nothing fits, files are offered. */
function bash(all: readonly Completable[]): string {
  const cases = all.map(({ path, words }) => `    '${path}') words='${words.map(({ word }) => word).join(' ')}' ;;`)
  return `# bash completion of coldaisle
_coldaisle() {
  local path='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case " ${paths(all)} " in *" \${path:+$path/}$word "*) path="\${path:+$path/}$word" ;; esac
  done
  case "\${path//\\// }" in
${cases.join('\n')}
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
  _describe 'coldaisle' words_of || _files
}
if [ "$funcstack[1]" = "_coldaisle" ]; then _coldaisle "$@"; else compdef _coldaisle coldaisle; fi
`
}

function fish(all: readonly Completable[]): string {
  const lines = all.flatMap(({ path, words }) =>
    words.map(({ word, description }) => {
      const [what, name] = word.startsWith('--') ? ['-l', word.slice(2)] : ['-f -a', word]
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
