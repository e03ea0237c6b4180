/** An error of whoever called us; its message is all there is to say. Exit code 2. */
export class BadInput extends Error {}
