/**
 * Characters of other people that would change how the text around them is
 * shown: controls, and those that turn the direction of writing, by which
 * `gpj.exe` can be made to look like `exe.jpg`.
 */
const TRICKS = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** Half a character, such as a cut leaves. */
const HALVES = /\p{Cs}/gu

/** A text that another page sent, fit to be shown; empty for anything that is not text. */
export function shownText(value: unknown, max: number): string {
  return typeof value === 'string'
    ? value.slice(0, max).replace(TRICKS, '').replace(HALVES, '\ufffd').trim()
    : ''
}
