import { parseArgs } from 'node:util'
import { OPTIONS, type OptionName, type OptionSpec } from './options.ts'
import { UsageError } from './usage-error.ts'

/** What a flag gave: every text in order, or none for a switch. */
export type GivenFlags = ReadonlyMap<OptionName, { readonly flag: string; readonly texts: readonly string[] }>

interface Flag {
  readonly option: OptionName
  readonly takesValue: boolean
  /** One of the legacy binary's, whose switches take `=true` and `=false` too. */
  readonly legacy: boolean
}

const FLAGS = new Map<string, Flag>(
  OPTIONS.flatMap((spec: OptionSpec) =>
    [spec.name, ...(spec.legacyFlags ?? [])].map((flag): [string, Flag] => [
      flag,
      { option: spec.name as OptionName, takesValue: spec.kind !== 'switch', legacy: flag !== spec.name },
    ]),
  ),
)

const SHORTS = new Map(
  OPTIONS.flatMap((spec: OptionSpec) => (spec.short === undefined ? [] : [[spec.name, spec.short] as const])),
)

/**
 * Reads the arguments behind the program's name. Throws a {@link UsageError}
 * for an unknown flag, a word that belongs to no flag, a flag without its
 * value and a switch with one. The legacy binary's own switches may have
 * `true` or `false` behind them.
 */
export function readFlags(args: readonly string[]): GivenFlags {
  const given = new Map<OptionName, { flag: string; texts: string[] }>()
  let legacySwitch: string[] | undefined
  for (const token of tokenize(args)) {
    if (token.kind === 'option-terminator') continue
    if (token.kind === 'positional' && legacySwitch !== undefined && /^(?:true|false)$/.test(token.value)) {
      legacySwitch.push(token.value)
      legacySwitch = undefined
      continue
    }
    if (token.kind === 'positional') throw new UsageError(`what is "${token.value}"? It belongs to no option`)
    const flag = FLAGS.get(token.name)
    if (flag === undefined) throw new UsageError(`unknown option ${token.rawName}${suggestion(token.name)}`)
    // `--state --public` forgot a file; `--state=--public` means it
    const forgotten = !token.inlineValue && token.value?.startsWith('-')
    if (flag.takesValue && (token.value === undefined || token.value === '' || forgotten)) {
      throw new UsageError(`${token.rawName} needs a value`)
    }
    if (!flag.takesValue && !flag.legacy && token.value !== undefined) {
      throw new UsageError(`${token.rawName} takes no value, but got "${token.value}"`)
    }
    const entry = given.get(flag.option) ?? { flag: token.rawName, texts: [] }
    entry.flag = token.rawName
    if (token.value !== undefined) entry.texts.push(token.value)
    given.set(flag.option, entry)
    legacySwitch = flag.legacy && !flag.takesValue && token.value === undefined ? entry.texts : undefined
  }
  return given
}

function tokenize(args: readonly string[]) {
  const options = Object.fromEntries(
    [...FLAGS].map(([name, { takesValue }]) => {
      const short = SHORTS.get(name)
      const type = takesValue ? ('string' as const) : ('boolean' as const)
      return [name, short === undefined ? { type } : { type, short }]
    }),
  )
  return parseArgs({ args: [...args], options, strict: false, tokens: true }).tokens
}

/** A known flag that starts like the unknown one, or that it starts like. */
function suggestion(name: string): string {
  const near = OPTIONS.find((option) => option.name.startsWith(name) || name.startsWith(option.name))
  return near === undefined || name === '' ? '' : `; did you mean --${near.name}?`
}
