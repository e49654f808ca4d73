import type { Node, SourceFile } from 'typescript/unstable/ast'
import { API, type Checker, type NodeHandle, type Symbol as TypeSymbol } from 'typescript/unstable/sync'

/** Where the sources are. All paths are absolute. */
export interface Place {
  /** A `tsconfig.json` that has them. */
  readonly config: string
  /** The file that exports what is public. */
  readonly index: string
  /** What is below this is ours; what is public of it is followed there. */
  readonly root: string
  /** The folders of what is bundled. */
  readonly bundled: readonly string[]
}

/** Sources with their types, as TypeScript knows them. */
export interface Program {
  readonly checker: Checker
  readonly index: SourceFile
  /** What is bundled, the files of types alone included. */
  readonly sources: readonly SourceFile[]
  /** Whether a property is declared in what is bundled, and nowhere else. */
  isInside(symbol: TypeSymbol): boolean
  /** The declarations of a symbol that are ours. */
  ours(symbol: TypeSymbol): Node[]
  /** It is another process. */
  close(): void
}

/** Opens the sources with TypeScript. */
export function openProgram({ config, index, root, bundled }: Place): Program {
  const api = new API({ cwd: root })
  const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)
  const main = project?.program.getSourceFile(index)
  if (!project || !main) throw new Error(`TypeScript does not find ${index}`)
  const { checker, program } = project
  const isBundled = (path: string): boolean => bundled.some((folder) => isBelow(folder, path))
  const isOurs = ({ path }: NodeHandle): boolean => isBelow(root, path) && !path.includes('node_modules')
  return {
    checker,
    index: main,
    sources: program
      .getSourceFileNames()
      .filter(isBundled)
      .flatMap((name) => program.getSourceFile(name) ?? []),
    isInside: ({ declarations }) =>
      declarations.length > 0 && declarations.every(({ path }) => isBundled(path)),
    ours: ({ declarations }) =>
      declarations.filter(isOurs).flatMap((handle) => handle.resolve(project) ?? []),
    close: () => api.close(),
  }
}

/** TypeScript writes paths with slashes, and small where the file system does not tell large letters from small ones. */
function isBelow(folder: string, path: string): boolean {
  const [outer = '', inner = ''] = [`${folder}/`, path].map((each) =>
    each.replaceAll('\\', '/').toLowerCase(),
  )
  return inner.startsWith(outer)
}
