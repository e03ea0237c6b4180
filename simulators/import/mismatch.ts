/** The `code` of the error for a map that does not fit a file, such as by a column that is not there, or twice. */
export const MAP_MISMATCH = 'MAP_MISMATCH'
