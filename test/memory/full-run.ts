/** Set by `npm run test:memory`: every combination, not only those that differ. */
export const isFullRun = process.env.MEMORY_TESTS === 'full'
