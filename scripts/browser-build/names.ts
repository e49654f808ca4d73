/**
 * Which names of properties the browser build may write shorter.
 *
 * esbuild replaces a name wherever it is one of a property. So a name may be replaced if every place where it stands is
 * known to be a member of an object that is made in what is bundled and stays there. That is decided by TypeScript's
 * types, place by place, and whatever is not known is kept:
 *
 * - `public`: an application can come by it;
 * - `outside`: somewhere it is a member of what comes from elsewhere, of the language, the browser, Socket.IO or
 *   another package, or of nobody knows what;
 * - `described`: it is in a type that nothing here is made of: so that type says what something from outside has;
 * - `key`: it is a key of an object whose keys are data, as in the shapes of what comes from the wire;
 * - `given`: it is in an object that is given to whoever takes anything, JSON.stringify for instance;
 * - `text`: it is a word in a text, and so may be a key;
 * - `language`: the language looks for it.
 */
import { SyntaxKind } from 'typescript/unstable/ast'
import { type NodeHandle, type Type, TypeFlags, type Symbol as TypeSymbol } from 'typescript/unstable/sync'
import { membersIn } from './members.ts'
import { openProgram, type Place, type Program } from './program.ts'
import { publicNames } from './public-names.ts'
import { type Uses, usesIn } from './uses.ts'

/** Why a name is kept. */
type Reason = 'public' | 'outside' | 'described' | 'key' | 'given' | 'text' | 'language'

/** The names of properties that are declared in what is bundled. */
export interface Names {
  /** To be written shorter, in the order of the alphabet. */
  readonly short: readonly string[]
  /** To be kept, and why. */
  readonly kept: ReadonlyMap<string, ReadonlySet<Reason>>
}

/** What the language, or the platform, looks for in objects by itself. */
const LANGUAGE = [
  ...['constructor', 'prototype', 'then', 'toJSON', 'toString', 'valueOf', 'handleEvent', 'length', 'raw'],
  ...['next', 'return', 'throw', 'done', 'value', 'get', 'set', 'name', 'message', 'stack', 'cause'],
]

/** TypeScript's `CheckFlags.Mapped`, of a property that a mapped type has; the enum is not exported. */
const MAPPED = 262_144

/** Reads the sources; `files` are those of the bundle that are more than types. */
export function findNames(place: Place, files: readonly string[]): Names {
  const program = openProgram(place)
  try {
    return new Finder(program).names(new Set(files))
  } finally {
    program.close()
  }
}

class Finder {
  readonly #program: Program
  readonly #kept = new Map<string, Set<Reason>>()
  /** Declarations of members of what is made here. */
  readonly #made = new Set<string>()
  readonly #given = new Set<number>()

  constructor(program: Program) {
    this.#program = program
  }

  names(files: ReadonlySet<string>): Names {
    const { sources } = this.#program
    const uses = usesIn(sources.filter(({ fileName }) => files.has(fileName)))
    for (const name of publicNames(this.#program)) this.#keep(name, 'public')
    for (const name of uses.words) this.#keep(name, 'text')
    for (const name of LANGUAGE) this.#keep(name, 'language')
    this.#bases(usesIn(sources))
    this.#literals(uses)
    this.#reads(uses)
    this.#keys(uses)
    this.#gifts(uses)
    const members = new Set(sources.flatMap(membersIn))
    const short = [...members].filter((name) => !this.#kept.has(name)).sort()
    return { short, kept: this.#kept }
  }

  /** What a class extends or implements, it makes. */
  #bases({ bases }: Uses): void {
    const { checker, isInside } = this.#program
    for (const { of, isClass } of bases) {
      const type = checker.getTypeAtLocation(of)
      for (const symbol of type ? checker.getPropertiesOfType(type) : []) {
        if (!isInside(symbol)) this.#keep(symbol.name, 'outside')
        else if (isClass) this.#makes(symbol)
      }
    }
  }

  #literals({ literals }: Uses): void {
    const { checker, isInside } = this.#program
    const types = new Map(literals.map(({ at }) => [at, checker.getContextualType(at)]))
    for (const { name, at } of literals) {
      const symbols = this.#members(types.get(at), name)
      if (symbols.length === 0 || !symbols.every(isInside)) this.#keep(name, 'outside')
      else if (symbols.some(({ checkFlags }) => checkFlags & MAPPED)) this.#keep(name, 'key')
      else for (const symbol of symbols) this.#makes(symbol)
    }
  }

  #reads({ accesses, bindings }: Uses): void {
    const { checker } = this.#program
    const symbols = checker.getSymbolAtLocation(accesses.map(({ at }) => at))
    for (const [at, { name }] of accesses.entries()) this.#read(name, symbols[at])
    const types = new Map(bindings.map(({ at }) => [at, checker.getTypeAtLocation(at)]))
    for (const { name, at } of bindings) {
      const members = this.#members(types.get(at), name)
      if (members.length === 0) this.#keep(name, 'outside')
      for (const symbol of members) this.#read(name, symbol)
    }
  }

  #read(name: string, symbol: TypeSymbol | undefined): void {
    if (!symbol || !this.#program.isInside(symbol)) this.#keep(name, 'outside')
    else if (
      !symbol.declarations.every((handle) => IN_CLASS.has(handle.kind) || this.#made.has(idOf(handle)))
    )
      this.#keep(name, 'described')
  }

  #keys({ keyed }: Uses): void {
    const { checker } = this.#program
    for (const node of keyed) {
      const type = checker.getTypeAtLocation(node)
      if (type && !checker.isArrayLikeType(type))
        for (const { name } of checker.getPropertiesOfType(type)) this.#keep(name, 'key')
    }
  }

  #gifts({ given, put }: Uses): void {
    const { checker } = this.#program
    const all = [...given, ...put]
    const types = checker.getTypeAtLocation(all)
    for (const [at, node] of all.entries()) {
      const wanted = checker.getContextualType(node)
      // who is called and says nothing of what it takes, takes anything
      const isAnything = wanted ? wanted.flags & (TypeFlags.Any | TypeFlags.Unknown) : at < given.length
      if (isAnything) this.#give(types[at])
    }
  }

  /** All that is in a value of this type goes with it. */
  #give(type: Type | undefined): void {
    const { checker, isInside } = this.#program
    if (!type || this.#given.has(type.id)) return
    if (type.isTypeParameter())
      throw new Error(
        `what is in a ${checker.typeToString(type)} is not known: it cannot be given to just anyone`,
      )
    this.#given.add(type.id)
    if (type.isUnionType() || type.isIntersectionType()) for (const part of type.getTypes()) this.#give(part)
    else if (type.isTypeReference()) for (const part of checker.getTypeArguments(type)) this.#give(part)
    if (!type.isObjectType()) return
    for (const symbol of checker.getPropertiesOfType(type)) {
      if (!isInside(symbol)) continue
      this.#keep(symbol.name, 'given')
      this.#give(checker.getTypeOfSymbol(symbol))
    }
  }

  /** The member of a type, or those of the types of a union, that have a name. */
  #members(type: Type | undefined, name: string): TypeSymbol[] {
    if (!type) return []
    const { checker } = this.#program
    const some = checker.getNonNullableType(type) ?? type
    const types = some.isUnionType() ? some.getTypes() : [some]
    return types.flatMap((each) => checker.getPropertyOfType(each, name) ?? [])
  }

  #makes({ declarations }: TypeSymbol): void {
    for (const handle of declarations) this.#made.add(idOf(handle))
  }

  #keep(name: string, reason: Reason): void {
    const reasons = this.#kept.get(name) ?? new Set()
    this.#kept.set(name, reasons.add(reason))
  }
}

const IN_CLASS: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.PropertyDeclaration,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.GetAccessor,
  SyntaxKind.SetAccessor,
])

function idOf({ path, index }: NodeHandle): string {
  return `${path}:${index}`
}
