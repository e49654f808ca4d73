/** The part of a parser that is asked. */
interface Encoder {
  encode(packet: { type: number; nsp: string; data: unknown }): unknown[]
}

/** ES2025; every Node that the package supports has it, TypeScript's library does not know it yet. */
const { rawJSON } = JSON as { rawJSON?: (text: string) => unknown }

/**
 * Makes a long text that goes out many times cheap to encode: with Socket.IO's
 * own parser it is escaped once, here, and copied from then on. With any
 * other parser, which would see an object, the text stays as it is.
 */
export function textPreparer(encoder: Encoder): (text: string) => string {
  if (rawJSON === undefined || !embeds(encoder, rawJSON)) return (text) => text
  // it stands for a string wherever JSON is written, and is looked at nowhere else
  return (text) => rawJSON(JSON.stringify(text)) as string
}

function embeds(encoder: Encoder, raw: (text: string) => unknown): boolean {
  try {
    const [packet] = encoder.encode({ type: 2, nsp: '/', data: ['probe', raw('"text"')] })
    return packet === '2["probe","text"]'
  } catch {
    return false
  }
}
