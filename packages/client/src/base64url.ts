const IN_URLS: Readonly<Record<string, string>> = { '+': '-', '/': '_' }

/** Bytes as base64url, without padding. */
export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/\W/g, (sign) => IN_URLS[sign] ?? '')
}
