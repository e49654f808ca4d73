import * as ts from 'typescript/unstable/ast'

type Named = ts.Node & { readonly name: ts.Node }

/** The name that a member or a key has, unless it is computed or private. */
export function nameOf(name: ts.Node | undefined): string | undefined {
  return name && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? name.text : undefined
}

/** A member of a class, or of an object literal that has methods. */
function isClassMember(node: ts.Node): node is Named {
  return (
    ts.isPropertyDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isGetAccessorDeclaration(node) ||
    ts.isSetAccessorDeclaration(node)
  )
}

/** A member of a class, an interface or any other type. */
export function isMember(node: ts.Node): node is Named {
  return (
    isClassMember(node) || ts.isPropertySignatureDeclaration(node) || ts.isMethodSignatureDeclaration(node)
  )
}

/** A value in an object literal. */
export function isValue(node: ts.Node): node is Named {
  return ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)
}

/** The names of all members that are declared in a node. */
export function membersIn(node: ts.Node): string[] {
  const names = isMember(node) ? [nameOf(node.name) ?? []].flat() : []
  node.forEachChild((child) => {
    names.push(...membersIn(child))
  })
  return names
}
