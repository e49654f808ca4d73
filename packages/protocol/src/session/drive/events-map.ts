/** An events map as Socket.IO has them: names, and the listeners of each. */
// biome-ignore lint/suspicious/noExplicitAny: as Socket.IO's own EventsMap
export type EventsMap = { [event: string]: any }

// biome-ignore lint/suspicious/noExplicitAny: parameters of any listener, and what any callback is called with
type Anything = any
type Callback = (...args: Anything[]) => Anything

/** The names of a map's events. */
export type Names<Map> = keyof Map & string

/** What an event is emitted with, and its listeners are called with: anything where the map says nothing of it. */
export type Params<Map, Name extends keyof Map> = unknown extends Map[Name]
  ? Anything[]
  : Map[Name] extends (...args: infer A) => Anything
    ? A
    : never

/** The names of the events that somebody answers: an acknowledgement is the last of their parameters. */
export type AnsweredNames<Map, Name extends Names<Map> = Names<Map>> = Name extends Name
  ? Params<Map, Name> extends readonly []
    ? never
    : [NonNullable<Last<Params<Map, Name>>>] extends [Callback]
      ? Name
      : never
  : never

/** The last of some parameters, which may be optional: the acknowledgement, where there is one. */
export type Last<T extends readonly Anything[]> =
  Required<T> extends readonly [...Anything[], infer L] ? L : T[number]

/** What is emitted with a request, apart from its acknowledgement. */
export type AllButLast<T extends readonly Anything[]> = T extends readonly [...infer H, Anything]
  ? H
  : T extends readonly [...infer H, Anything?]
    ? H
    : T

/** What a request with a timeout is emitted with: its acknowledgement is called with an error, or with null and the response. */
export type TimedParams<P> = { [K in keyof P]: WithError<P[K]> }
/** A map may name the error itself, as Socket.IO takes it; one that can be anything is a value of the response. */
type WithError<T> = T extends (...args: infer A) => Anything
  ? NamesError<A> extends true
    ? T
    : (error: Error | null, ...answer: A) => void
  : T
type NamesError<A extends Anything[]> = unknown extends A[0] ? false : [A[0]] extends [Error] ? true : false

/** What an event is emitted with that nobody can answer. */
export type UnansweredParams<P> = { [K in keyof P]: P[K] extends Callback | undefined ? undefined : P[K] }

/** What an acknowledgement is called with first, an error that its map names apart. */
export type FirstAnswer<T> =
  NonNullable<T> extends (...args: infer A) => Anything
    ? NamesError<A> extends true
      ? A[1]
      : A[0]
    : Anything
