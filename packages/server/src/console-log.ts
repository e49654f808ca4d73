import { createLog } from './log.ts'

/** Warnings and errors, a line each on the console: what a star does that was given no log. */
export const CONSOLE_LOG = createLog({ level: 'warn', json: false, write: (line) => console.warn(line) })
