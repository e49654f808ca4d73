import * as ts from 'typescript/unstable/ast'
import { SymbolFlags, type Symbol as TypeSymbol } from 'typescript/unstable/sync'
import { isMember, isValue, nameOf } from './members.ts'
import type { Program } from './program.ts'

/**
 * The names of all members that an application can come by: those of whatever the package exports, of the types that these
 * name, and so on.
 */
export function publicNames(program: Program): Set<string> {
  const { checker, index } = program
  const names = new Set<string>()
  const seen = new Set<ts.Node>()

  const follow = (symbol: TypeSymbol | undefined): void => {
    if (!symbol) return
    const target = symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    for (const node of program.ours(target)) {
      if (!isTopLevel(node) || seen.has(node)) continue
      seen.add(node)
      const identifiers: ts.Identifier[] = []
      gather(node, names, identifiers)
      for (const each of checker.getSymbolAtLocation(identifiers)) follow(each)
    }
  }

  const module = checker.getSymbolAtLocation(index)
  if (!module) throw new Error('the client exports nothing')
  for (const symbol of checker.getExportsOfModule(module)) follow(symbol)
  return names
}

function isTopLevel(node: ts.Node): boolean {
  return (
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isVariableDeclaration(node)
  )
}

/** The names of the members that a declaration shows, and whatever else it names. */
function gather(node: ts.Node, names: Set<string>, identifiers: ts.Identifier[]): void {
  // what a function does is not seen
  if (ts.isBlock(node)) return
  if (ts.isIdentifier(node)) identifiers.push(node)
  if (isMember(node) || isValue(node)) {
    const name = nameOf(node.name)
    if (name) names.add(name)
  }
  node.forEachChild((child) => gather(child, names, identifiers))
}
