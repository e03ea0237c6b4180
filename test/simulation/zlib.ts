/** In the place of `node:zlib`: what a thread of Node's does, as a task of the world. */
import { deflateRawSync, inflateRawSync, type ZlibOptions } from 'node:zlib'
import { inside } from './world.ts'

export { deflateRawSync, inflateRawSync }
export * from 'node:zlib'

export function deflateRaw(
  bytes: Uint8Array,
  options: ZlibOptions,
  done: (error: Error | null, deflated: Buffer) => void,
): void {
  inside(2, () => done(null, deflateRawSync(bytes, options)))
}
