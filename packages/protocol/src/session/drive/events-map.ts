/** An events map as Socket.IO has them: names, and the listeners of each. */
// biome-ignore lint/suspicious/noExplicitAny: as Socket.IO's own EventsMap
export type EventsMap = { [event: string]: any }

/** The names of a map's events. */
export type Names<Map> = keyof Map & string

/** What an event is emitted with, and its listeners are called with. */
// biome-ignore lint/suspicious/noExplicitAny: parameters of any listener
export type Params<Map, Name extends keyof Map> = Map[Name] extends (...args: infer A) => any ? A : never

/** The last of some parameters: the acknowledgement, where there is one. */
// biome-ignore lint/suspicious/noExplicitAny: parameters of any listener
export type Last<T extends readonly any[]> = T extends readonly [...any[], infer L] ? L : T[number]

/** What is emitted with a request, apart from its acknowledgement. */
// biome-ignore lint/suspicious/noExplicitAny: parameters of any listener
export type AllButLast<T extends readonly any[]> = T extends readonly [...infer H, any] ? H : T

// biome-ignore lint/suspicious/noExplicitAny: any callback, and whatever it is called with
type Anything = any

/** What a request with a timeout is emitted with: its acknowledgement is called with an error, or with null and the response. */
export type TimedParams<P> = { [K in keyof P]: WithError<P[K]> }
type WithError<T> = T extends (...args: infer A) => Anything ? (error: Error | null, ...answer: A) => void : T

/** What an event is emitted with that nobody can answer. */
export type UnansweredParams<P> = { [K in keyof P]: P[K] extends Callback | undefined ? undefined : P[K] }
type Callback = (...args: Anything[]) => Anything

/** What an acknowledgement is called with first. */
export type FirstAnswer<T> = T extends (...args: infer A) => Anything ? FirstOf<A> : Anything
type FirstOf<A> = A extends [infer F, ...Anything[]] ? F : undefined
