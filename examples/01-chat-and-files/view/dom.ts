/** The element of index.html with this id. */
export function byId<T extends Element = HTMLElement>(id: string): T {
  return need(document.getElementById(id), id) as unknown as T
}

/** A copy of a template of index.html. */
export function fromTemplate(id: string): HTMLElement {
  const { content } = byId<HTMLTemplateElement>(id)
  return need(content.firstElementChild, id).cloneNode(true) as HTMLElement
}

/** The first descendant that a selector finds. */
export function part<T extends Element = HTMLElement>(root: Element, selector: string): T {
  return need(root.querySelector<T>(selector), selector)
}

function need<T>(found: T | null, what: string): T {
  if (found === null) throw new Error(`index.html has no ${what}`)
  return found
}

const waiting = new Map<unknown, () => void>()

/** Runs `draw` before the next frame, once however often it was asked for `key`; or soon, in a hidden tab. */
export function drawSoon(key: unknown, draw: () => void): void {
  const isFirst = waiting.size === 0
  waiting.set(key, draw)
  if (!isFirst) return
  const all = () => {
    const draws = [...waiting.values()]
    waiting.clear()
    for (const each of draws) {
      try {
        each()
      } catch (error) {
        // one that fails does not keep the others from being drawn
        reportError(error)
      }
    }
  }
  if (document.hidden) setTimeout(all, 200)
  else requestAnimationFrame(all)
}

/** Copies a text and says so on the button. On plain http a page may not: then the text is selected instead. */
export async function copy(text: string, button: HTMLButtonElement, shown?: Element): Promise<void> {
  const label = button.textContent
  try {
    await navigator.clipboard.writeText(text)
    button.textContent = 'Copied'
  } catch {
    if (shown !== undefined) getSelection()?.selectAllChildren(shown)
    button.textContent = shown === undefined ? 'Copying is not allowed here' : 'Selected'
  }
  setTimeout(() => (button.textContent = label), 2_000)
}
