// What has the place of `platform.ts` in a browser, which shows of a connection what waits there, and nothing else.

export { wakefulTimers, wakefulTimers as systemTimers } from '@socket-star/pull-stream'

interface Engine {
  readonly transport?: { readonly ws?: { readonly bufferedAmount?: number } }
}

export function bufferedBytes(engine: unknown): number {
  return (engine as Engine | undefined)?.transport?.ws?.bufferedAmount ?? 0
}

export { bufferedBytes as unsentBytes }

export const readBytes = (): number => 0

export const isHeldBack = (): boolean => false
