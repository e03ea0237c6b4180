import { existsSync } from 'node:fs'
import { Option, type Command } from 'commander'
import { BadInput } from '../config/bad-input.ts'
import {
  isAccountName,
  isTopicPrefix,
  readAccounts,
  ROLES,
  TOKEN_GRANTS,
  writeAccounts,
  type Accounts,
  type Role,
} from '../config/accounts/file.ts'
import { rightsText } from '../config/accounts/book.ts'
import { LOCAL } from '../config/accounts/local-token.ts'
import { digestOf, hashPassword, makeToken } from '../config/accounts/passwords.ts'
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
  publish?: string[]
  subscribe?: string[]
  commands?: boolean
}

/** A file of accounts, as it is before a command changes it. */
interface AccountsFile {
  path: string
  accounts: Accounts
}

const PASSWORD_FILE = [
  '--password-file <file>',
  'file that holds it alone; without: asked for, or standard input',
] as const

/**
 * `account add | password | role | token | device | list | remove`: who may log in on the page, which programs may ask,
 * and which devices may come to the embedded broker.
 */
export function addAccount(coldaisle: Command): void {
  const account = coldaisle
    .command('account')
    .description('who may see the page, give orders, and publish to the embedded broker')
  const roles = () =>
    new Option('--role <role>', 'operator: also acknowledges and shelves; none: put aside').choices(ROLES)
  named(account, 'add', 'a new account; a daemon that runs knows it at once')
    .addOption(roles().default('viewer'))
    .option(...PASSWORD_FILE)
    .action(async (name: string, { config, role = 'viewer', passwordFile }: AccountOptions) => {
      const { path, accounts } = pageFile(config)
      refuseKnown(accounts, name)
      const password = await hashPassword(await newPassword(name, passwordFile))
      accounts.accounts[name] = { role, password, since: new Date().toISOString() }
      writeAccounts(path, accounts)
      writeOut(`${name} is ${role}\n`)
    })
  named(account, 'password', 'another password; whoever is logged in with the old one is not any more')
    .option(...PASSWORD_FILE)
    .action(async (name: string, { config, passwordFile }: AccountOptions) => {
      const { path, accounts } = fileWith(config, name)
      const known = Object.hasOwn(accounts.devices, name) ? accounts.devices[name] : undefined
      const account = known ?? accountOf(accounts, name)
      account.password = await hashPassword(await newPassword(name, passwordFile))
      writeAccounts(path, accounts)
      writeOut(`${name} has another password\n`)
    })
  named(account, 'role', 'what it may do from now on')
    .addOption(roles().makeOptionMandatory())
    .action((name: string, { config, role = 'none' }: AccountOptions) => {
      const { path, accounts } = pageFile(config)
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
      const { path, accounts } = pageFile(config)
      refuseKnown(accounts, name)
      const token = makeToken()
      accounts.tokens[name] = { grants, sha256: digestOf(token), since: new Date().toISOString() }
      writeAccounts(path, accounts)
      writeOut(`${token}\n`)
    })
  addDevice(account)
  named(account, 'remove', 'an account or a token; whoever uses it is turned away at once').action(remove)
  account
    .command('list')
    .description('names, what they may do, since when')
    .requiredOption(...CONFIG_OPTION)
    .action(({ config }: AccountOptions) => writeOut(listText(filesOf(config).map(({ accounts }) => accounts))))
}

function addDevice(account: Command): void {
  named(account, 'device', 'a client of the embedded broker (`mqtt.accountsFile`), which knows it at once')
    .option('--publish <prefix...>', 'levels that topics begin with, such as dc5/h1: it may publish there and below')
    .option('--subscribe <prefix...>', 'where it may subscribe; absent: nowhere')
    .option('--commands', 'it may also acknowledge and shelve alarms, and read what the daemon tells of its site')
    .option(...PASSWORD_FILE)
    .action(async (name: string, options: AccountOptions) => {
      const { config, publish = [], subscribe = [], commands = false, passwordFile } = options
      const { path, accounts } = clientsFile(config)
      refuseKnown(accounts, name)
      const bad = [...publish, ...subscribe].find((prefix) => !isTopicPrefix(prefix))
      if (bad !== undefined) {
        throw new BadInput(`${JSON.stringify(bad)}: the first levels of topics, such as dc5/h1, without wildcards`)
      }
      if (publish.length + subscribe.length === 0 && !commands) {
        throw new BadInput(`${name} could do nothing: give it --publish, --subscribe or --commands`)
      }
      const password = await hashPassword(await newPassword(name, passwordFile))
      const device = { password, publish, subscribe, commands, since: new Date().toISOString() }
      accounts.devices[name] = device
      writeAccounts(path, accounts)
      writeOut(`${name} ${rightsText(device)}\n`)
    })
}

function remove(name: string, { config }: AccountOptions): void {
  const { path, accounts } = fileWith(config, name)
  const isOther = Object.hasOwn(accounts.tokens, name) || Object.hasOwn(accounts.devices, name)
  if (!isOther) accountOf(accounts, name)
  const without = <T>(record: Record<string, T>) =>
    Object.fromEntries(Object.entries(record).filter(([known]) => known !== name))
  writeAccounts(path, {
    accounts: without(accounts.accounts),
    tokens: without(accounts.tokens),
    devices: without(accounts.devices),
  })
  writeOut(`${name} is gone\n`)
}

function named(account: Command, command: string, description: string): Command {
  return account
    .command(command)
    .description(description)
    .argument('<name>', 'letters, digits and . _ @ -, at most 64')
    .requiredOption(...CONFIG_OPTION)
}

function pageFile(config: string): AccountsFile {
  const path = configOf(config).http.accountsFile
  if (path !== undefined) return readFile(path)
  throw new BadInput(`${config} names no file of accounts: add \`http: { accountsFile: accounts.json }\``)
}

function clientsFile(config: string): AccountsFile {
  const path = configOf(config).mqtt?.accountsFile
  if (path !== undefined) return readFile(path)
  throw new BadInput(
    `${config} names no file of devices: add \`accountsFile: devices.json\` to \`mqtt\`, with \`listen\``,
  )
}

/** All files of accounts that the configuration names, each once. */
function filesOf(config: string): AccountsFile[] {
  const { http, mqtt } = configOf(config)
  const paths = new Set([http.accountsFile, mqtt?.accountsFile].filter((path) => path !== undefined))
  return paths.size === 0 ? [pageFile(config)] : [...paths].map(readFile)
}

/** The file that knows a name; else the first one. */
function fileWith(config: string, name: string): AccountsFile {
  const files = filesOf(config)
  const holds = ({ accounts: { accounts, tokens, devices } }: AccountsFile) =>
    [accounts, tokens, devices].some((record) => Object.hasOwn(record, name))
  return files.find(holds) ?? files[0] ?? pageFile(config)
}

/** One that is not there yet holds nobody. */
function readFile(path: string): AccountsFile {
  if (!existsSync(path)) return { path, accounts: { accounts: {}, tokens: {}, devices: {} } }
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

function refuseKnown({ accounts, tokens, devices }: Accounts, name: string): void {
  if (name === LOCAL) throw new BadInput(`${LOCAL} is the name of this machine's own commands: take another`)
  if (!isAccountName(name)) throw new BadInput(`${JSON.stringify(name)}: letters, digits and . _ @ -, at most 64`)
  if (Object.hasOwn(accounts, name)) throw new BadInput(`there is an account ${name} already`)
  if (Object.hasOwn(tokens, name)) throw new BadInput(`there is a token ${name} already`)
  if (Object.hasOwn(devices, name)) throw new BadInput(`there is a device ${name} already`)
}

function listText(files: readonly Accounts[]): string {
  const lines = files.flatMap(({ accounts, tokens, devices }) => [
    ...Object.entries(accounts).map(([name, { role, since }]) => [name, 'account', role, since]),
    ...Object.entries(tokens).map(([name, { grants, since }]) => [name, 'token', grants, since]),
    ...Object.entries(devices).map(([name, device]) => [name, 'device', rightsText(device), device.since]),
  ])
  if (lines.length === 0) return 'there are no accounts\n'
  return `${columnsOf([['name', 'is', 'may', 'since'], ...lines]).join('\n')}\n`
}
