/** The command was used wrongly: its message tells what to do; the process exits with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
