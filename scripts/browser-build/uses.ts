import * as ts from 'typescript/unstable/ast'
import { nameOf } from './members.ts'

/** A name where it is a property. */
interface Use<At extends ts.Node> {
  readonly name: string
  readonly at: At
}

/** Where the names of properties stand in what is bundled. */
export interface Uses {
  /** `object.name` */
  readonly accesses: Use<ts.Identifier>[]
  /** `const { name } = object` */
  readonly bindings: Use<ts.ObjectBindingPattern>[]
  /** `{ name: value }` */
  readonly literals: Use<ts.ObjectLiteralExpression>[]
  /** What is extended or implemented. */
  readonly bases: { readonly of: ts.Node; readonly isClass: boolean }[]
  /** Objects whose keys are data: `object[key]`, `for (key in object)`, `key in object`, `Object.keys(object)`. */
  readonly keyed: ts.Expression[]
  /** What is given to functions. */
  readonly given: ts.Expression[]
  /** What is returned, or put somewhere. */
  readonly put: ts.Expression[]
  /** The words in all texts: any of them may be a key. */
  readonly words: Set<string>
}

/** Types that name members, and are no values. */
const PICKS = /^(Pick|Omit|Extract|Exclude)$/

/** Finds them in files. */
export function usesIn(files: readonly ts.SourceFile[]): Uses {
  const uses: Uses = {
    accesses: [],
    bindings: [],
    literals: [],
    bases: [],
    keyed: [],
    given: [],
    put: [],
    words: new Set(),
  }
  for (const file of files) file.forEachChild((node) => look(node, uses))
  return uses
}

function look(node: ts.Node, uses: Uses): void {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isIndexedAccessTypeNode(node)) return
  if (ts.isTypeReferenceNode(node) && PICKS.test(nameOf(node.typeName) ?? '')) return
  note(node, uses)
  uses.put.push(...putBy(node))
  node.forEachChild((child) => look(child, uses))
}

function note(node: ts.Node, uses: Uses): void {
  const { accesses, bindings, literals, bases, keyed, given, words } = uses
  if (ts.isPropertyAccessExpression(node)) {
    if (ts.isIdentifier(node.name)) accesses.push({ name: node.name.text, at: node.name })
  } else if (ts.isElementAccessExpression(node)) keyed.push(node.expression)
  else if (ts.isForInStatement(node)) keyed.push(node.expression)
  else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.InKeyword)
    keyed.push(node.right)
  else if (ts.isHeritageClause(node))
    bases.push(...node.types.map((of) => ({ of, isClass: ts.isClassDeclaration(node.parent) })))
  else if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
    const { expression, arguments: args = [] } = node
    const isOfKeys = ts.isPropertyAccessExpression(expression) && nameOf(expression.expression) === 'Object'
    const where = isOfKeys ? keyed : given
    where.push(...args)
  } else if (ts.isBindingElement(node)) {
    const { parent, propertyName, name, dotDotDotToken } = node
    const key = nameOf(propertyName ?? name)
    if (key && ts.isObjectBindingPattern(parent) && !dotDotDotToken) bindings.push({ name: key, at: parent })
  } else if (ts.isObjectLiteralExpression(node)) {
    for (const { name } of node.properties as readonly { name?: ts.Node }[]) {
      const key = nameOf(name)
      if (key) literals.push({ name: key, at: node })
    }
  } else if (isText(node)) for (const word of node.text.split(/[^\w$]+/)) words.add(word)
}

/** What an expression, a statement or a declaration hands on. */
function putBy(node: ts.Node): readonly ts.Expression[] {
  if (ts.isReturnStatement(node)) return node.expression ? [node.expression] : []
  if (ts.isArrowFunction(node)) return ts.isBlock(node.body) ? [] : [node.body]
  if (ts.isArrayLiteralExpression(node)) return node.elements
  if (ts.isBinaryExpression(node))
    return node.operatorToken.kind === ts.SyntaxKind.EqualsToken ? [node.right] : []
  const isPlace =
    ts.isPropertyAssignment(node) || ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node)
  return isPlace && node.initializer ? [node.initializer] : []
}

function isText(node: ts.Node): node is ts.Node & { readonly text: string } {
  return (
    ts.isStringLiteral(node) ||
    ts.isNoSubstitutionTemplateLiteral(node) ||
    ts.isTemplateHead(node) ||
    ts.isTemplateMiddle(node) ||
    ts.isTemplateTail(node) ||
    ts.isRegularExpressionLiteral(node)
  )
}
