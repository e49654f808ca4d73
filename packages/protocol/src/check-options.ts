import { StarError } from './errors.ts'

/** What an option may be. */
export interface OptionRule {
  /** Ends the sentence `name has to be …`. */
  readonly says: string
  /** It has no default. */
  readonly required?: true
  fits(value: unknown): boolean
}

/** A rule for each option that there is. */
export type OptionRules<Options> = { readonly [Name in keyof Required<Options>]: OptionRule }

/**
 * Checks what an application gave for options, so that a misspelt one, or one
 * of another type, is told where it was given and not found out by what does
 * not happen later. What is undefined was not given.
 *
 * @param of where the options stand, in front of their names: `quotas.`
 * @throws StarError ERR_CONFIG
 */
export function checkOptions<Options>(rules: OptionRules<Options>, options: unknown, of = ''): void {
  if (typeof options !== 'object' || options === null) {
    throw new StarError('ERR_CONFIG', `${of || 'the '}options have to be an object, not ${shown(options)}`)
  }
  const given: { readonly [name: string]: unknown } = { ...options }
  const known: { readonly [name: string]: OptionRule } = rules
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name))
  if (unknown !== undefined) {
    const names = Object.keys(known).join(', ')
    throw new StarError('ERR_CONFIG', `there is no option ${of}${unknown}; there are ${names}`)
  }
  for (const [name, rule] of Object.entries(known)) {
    const value = given[name]
    if (value === undefined ? !rule.required : rule.fits(value)) continue
    throw new StarError('ERR_CONFIG', `${of}${name} has to be ${rule.says}, not ${shown(value)}`)
  }
}

export const SWITCH: OptionRule = { says: 'true or false', fits: (value) => typeof value === 'boolean' }
export const TEXT: OptionRule = {
  says: 'a text that is not empty',
  fits: (value) => typeof value === 'string' && value !== '',
}
export const FUNCTION: OptionRule = { says: 'a function', fits: (value) => typeof value === 'function' }
export const OBJECT: OptionRule = { says: 'an object', fits: isObject }
export const ABORT_SIGNAL: OptionRule = {
  says: 'an AbortSignal',
  fits: (value) => isObject(value) && 'aborted' in value && 'addEventListener' in value,
}

/** A number of at least `least`, Infinity included. */
export function atLeast(least: number): OptionRule {
  return {
    says: `a number of at least ${least}`,
    fits: (value) => typeof value === 'number' && value >= least,
  }
}

/** An object with functions of these names. */
export function functions(...names: readonly string[]): OptionRule {
  return {
    says: `an object with the functions ${names.join(', ')}`,
    fits: (value) =>
      isObject(value) &&
      names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function'),
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** The longest text of an option that is repeated, in UTF-16 units. */
const MAX_SHOWN = 60

/** Of objects nothing: there may be a key among what they hold. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, MAX_SHOWN))
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'object') return Array.isArray(value) ? 'an array' : 'an object'
  return `a ${typeof value}`
}
