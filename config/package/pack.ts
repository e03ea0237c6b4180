/**
 * Makes the tarball of `npm pack` run on its own. Node strips types in the checkout, but not below node_modules, so:
 *
 *     prepack   src/, simulators/ ──tsc──▶ dist/ (JavaScript and declarations); page and launcher are copied there
 *               package.json ──▶ the published manifest, package-lock.json ──▶ npm-shrinkwrap.json
 *     npm       packs what `files` of the manifest lists, and the dependencies as they are installed here
 *     postpack  puts the checkout's package.json back and removes npm-shrinkwrap.json
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'

interface Manifest {
  exports: Record<string, string>
  dependencies: Record<string, string>
  [key: string]: unknown
}

interface Lock {
  packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean; [key: string]: unknown }>
  [key: string]: unknown
}

const ROOT = join(import.meta.dirname, '..', '..')
const MANIFEST = join(ROOT, 'package.json')
/** Where the checkout's manifest waits for the end of the packing. */
const KEPT_MANIFEST = join(ROOT, 'package.json.tmp')
const SHRINKWRAP = join(ROOT, 'npm-shrinkwrap.json')
/** Keys that only the checkout needs. `optionalDependencies` are 189 MB of Node, for machines with an older one. */
const CHECKOUT_KEYS = ['private', 'scripts', 'devDependencies', 'optionalDependencies']
const PAGE_ASSETS = ['.html', '.css', '.js', '.svg']

const [, , step] = process.argv
if (step === 'prepack') {
  restoreCheckout() // an earlier packing may have been interrupted
  compile()
  copyPlainFiles()
  swapManifest()
} else if (step === 'postpack') restoreCheckout()
else throw new Error('usage: pack.ts prepack|postpack')

function compile(): void {
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true })
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc')
  const { status, error } = spawnSync(tsc, ['-p', join(ROOT, 'config', 'package')], { stdio: 'inherit' })
  if (status !== 0) throw new Error('the sources do not compile', { cause: error })
}

/** What tsc leaves out: the launcher, which is JavaScript, and the files that the live page loads. */
function copyPlainFiles(): void {
  copyFileSync(join(ROOT, 'src', 'coldaisle.mjs'), join(ROOT, 'dist', 'src', 'coldaisle.mjs'))
  cpSync(join(ROOT, 'src', 'http', 'page'), join(ROOT, 'dist', 'src', 'http', 'page'), {
    recursive: true,
    filter: (path) => extname(path) === '' || PAGE_ASSETS.includes(extname(path)),
  })
}

function swapManifest(): void {
  const published = publishedManifest(JSON.parse(readFileSync(MANIFEST, 'utf8')) as Manifest)
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock
  writeFileSync(SHRINKWRAP, jsonText(shrinkwrapOf(lock, published)))
  copyFileSync(MANIFEST, KEPT_MANIFEST)
  writeFileSync(MANIFEST, jsonText(published))
}

function restoreCheckout(): void {
  rmSync(SHRINKWRAP, { force: true })
  if (existsSync(KEPT_MANIFEST)) renameSync(KEPT_MANIFEST, MANIFEST)
}

/** The checkout's manifest without its own keys; programs and entries point to the compiled files. */
function publishedManifest(manifest: Manifest): Manifest {
  const entries = Object.entries(manifest).filter(([key]) => !CHECKOUT_KEYS.includes(key))
  const exports = Object.entries(manifest.exports).map(([name, file]) => [name, publishedEntry(file)])
  return {
    ...(Object.fromEntries(entries) as Manifest),
    bin: { coldaisle: 'dist/src/coldaisle.mjs' },
    // npm heeds the shrinkwrap of a registry's package only; bundled, a tarball brings the locked versions (D61).
    bundleDependencies: Object.keys(manifest.dependencies),
    exports: Object.fromEntries(exports) as Manifest['exports'],
  }
}

function publishedEntry(file: string): string | { types: string; default: string } {
  const compiled = /^\.\/(src\/.*)\.ts$/.exec(file)?.[1]
  return compiled === undefined ? file : { types: `./dist/${compiled}.d.ts`, default: `./dist/${compiled}.js` }
}

/** The lock's packages that the product runs on, with their integrity and without addresses. */
function shrinkwrapOf({ packages, ...lock }: Lock, manifest: Manifest): Lock {
  const { name, version, license, dependencies, bin, engines } = manifest
  const kept = Object.entries(packages).filter(([path, { dev, devOptional, optional }]) => {
    return path !== '' && dev !== true && devOptional !== true && optional !== true
  })
  return {
    ...lock,
    packages: { '': { name, version, license, dependencies, bin, engines }, ...Object.fromEntries(kept) },
  }
}

function jsonText(content: object): string {
  return `${JSON.stringify(content, undefined, 2)}\n`
}
