const IN_URLS: Readonly<Record<string, string>> = { '+': '-', '/': '_' }

/** Bytes as base64. */
export function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

/** Bytes as base64url, without padding. */
export function base64url(bytes: Uint8Array): string {
  return base64(bytes).replace(/\W/g, (sign) => IN_URLS[sign] ?? '')
}
