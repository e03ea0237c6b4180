import { readSecretText } from '../config/files/secret-file.ts'

/** How a command that publishes names itself to the broker. */
export interface BrokerAccount {
  username?: string
  /** Read once, at the start; a password on the command line would be seen by every account of the machine. */
  passwordFile?: string
}

/** The address of a broker with the account in it. Throws for a text that is no address. */
export function urlWithAccount(to: string, { username, passwordFile }: BrokerAccount): string {
  const url = new URL(to)
  if (username !== undefined) url.username = encodeURIComponent(username)
  if (passwordFile !== undefined) url.password = encodeURIComponent(readSecretText('--password-file', passwordFile))
  return url.href
}
