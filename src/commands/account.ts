import { existsSync } from 'node:fs'
import { Option, type Command } from 'commander'
import { BadInput } from '../config/bad-input.ts'
import {
  isAccountName,
  readAccounts,
  ROLES,
  TOKEN_GRANTS,
  writeAccounts,
  type Accounts,
  type Role,
} from '../config/files/accounts-file.ts'
import { digestOf, hashPassword, makeToken } from '../http/accounts/passwords.ts'
import { CONFIG_OPTION, configOf } from './arguments.ts'
import { columnsOf } from './columns.ts'
import { messageOf } from './ending.ts'
import { writeOut } from './output.ts'
import { newPassword } from './password.ts'

interface AccountOptions {
  config: string
  role?: Role
  grants?: (typeof TOKEN_GRANTS)[number]
  passwordFile?: string
}

const PASSWORD_FILE = [
  '--password-file <file>',
  'file that holds it alone; without: asked for, or standard input',
] as const

/** `account add | password | role | token | list | remove`: who may log in on the page, and which programs may ask. */
export function addAccount(coldaisle: Command): void {
  const account = coldaisle.command('account').description('who may see the page, and acknowledge and shelve alarms')
  const roles = () =>
    new Option('--role <role>', 'operator: also acknowledges and shelves; none: put aside').choices(ROLES)
  named(account, 'add', 'a new account; a daemon that runs knows it at once')
    .addOption(roles().default('viewer'))
    .option(...PASSWORD_FILE)
    .action(async (name: string, { config, role = 'viewer', passwordFile }: AccountOptions) => {
      const { path, accounts } = fileOf(config)
      refuseKnown(accounts, name)
      const password = await hashPassword(await newPassword(name, passwordFile))
      accounts.accounts[name] = { role, password, since: new Date().toISOString() }
      writeAccounts(path, accounts)
      writeOut(`${name} is ${role}\n`)
    })
  named(account, 'password', 'another password; whoever is logged in with the old one is not any more')
    .option(...PASSWORD_FILE)
    .action(async (name: string, { config, passwordFile }: AccountOptions) => {
      const { path, accounts } = fileOf(config)
      accountOf(accounts, name).password = await hashPassword(await newPassword(name, passwordFile))
      writeAccounts(path, accounts)
      writeOut(`${name} has another password\n`)
    })
  named(account, 'role', 'what it may do from now on')
    .addOption(roles().makeOptionMandatory())
    .action((name: string, { config, role = 'none' }: AccountOptions) => {
      const { path, accounts } = fileOf(config)
      accountOf(accounts, name).role = role
      writeAccounts(path, accounts)
      writeOut(`${name} is ${role}\n`)
    })
  named(account, 'token', 'a secret for a program, such as Prometheus; shown once')
    .addOption(
      new Option('--grants <what>', 'metrics: /metrics alone; viewer: what a viewer sees')
        .choices(TOKEN_GRANTS)
        .default('metrics'),
    )
    .action((name: string, { config, grants = 'metrics' }: AccountOptions) => {
      const { path, accounts } = fileOf(config)
      refuseKnown(accounts, name)
      const token = makeToken()
      accounts.tokens[name] = { grants, sha256: digestOf(token), since: new Date().toISOString() }
      writeAccounts(path, accounts)
      writeOut(`${token}\n`)
    })
  named(account, 'remove', 'an account or a token; whoever uses it is turned away at once').action(remove)
  account
    .command('list')
    .description('names, what they may do, since when')
    .requiredOption(...CONFIG_OPTION)
    .action(({ config }: AccountOptions) => writeOut(listText(fileOf(config).accounts)))
}

function remove(name: string, { config }: AccountOptions): void {
  const { path, accounts } = fileOf(config)
  if (!Object.hasOwn(accounts.tokens, name)) accountOf(accounts, name)
  const without = <T>(record: Record<string, T>) =>
    Object.fromEntries(Object.entries(record).filter(([known]) => known !== name))
  writeAccounts(path, { accounts: without(accounts.accounts), tokens: without(accounts.tokens) })
  writeOut(`${name} is gone\n`)
}

function named(account: Command, command: string, description: string): Command {
  return account
    .command(command)
    .description(description)
    .argument('<name>', 'letters, digits and . _ @ -, at most 64')
    .requiredOption(...CONFIG_OPTION)
}

/** The file that the configuration names; one that is not there yet holds nobody. */
function fileOf(config: string): { path: string; accounts: Accounts } {
  const path = configOf(config).http.accountsFile
  if (path === undefined) {
    throw new BadInput(`${config} names no file of accounts: add \`http: { accountsFile: accounts.json }\``)
  }
  if (!existsSync(path)) return { path, accounts: { accounts: {}, tokens: {} } }
  try {
    return { path, accounts: readAccounts(path) }
  } catch (error) {
    throw new BadInput(`${messageOf(error)}: mend it, or move it away and begin anew`, { cause: error })
  }
}

function accountOf({ accounts }: Accounts, name: string): Accounts['accounts'][string] {
  const account = Object.hasOwn(accounts, name) ? accounts[name] : undefined
  if (account !== undefined) return account
  throw new BadInput(`there is no account ${name}: ${Object.keys(accounts).join(', ') || 'none at all'}`)
}

function refuseKnown({ accounts, tokens }: Accounts, name: string): void {
  if (!isAccountName(name)) throw new BadInput(`${JSON.stringify(name)}: letters, digits and . _ @ -, at most 64`)
  if (Object.hasOwn(accounts, name)) throw new BadInput(`there is an account ${name} already`)
  if (Object.hasOwn(tokens, name)) throw new BadInput(`there is a token ${name} already`)
}

function listText({ accounts, tokens }: Accounts): string {
  const lines = [
    ...Object.entries(accounts).map(([name, { role, since }]) => [name, 'account', role, since]),
    ...Object.entries(tokens).map(([name, { grants, since }]) => [name, 'token', grants, since]),
  ]
  if (lines.length === 0) return 'there are no accounts\n'
  return `${columnsOf([['name', 'is', 'may', 'since'], ...lines]).join('\n')}\n`
}
