/** ClickHouse did not do what it was asked to. `retryable`: the same may succeed later. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  /** ClickHouse's error code, or the network's. */
  readonly code: string;
  readonly retryable: boolean;

  constructor(message: string, code: string, retryable: boolean) {
    super(message);
    this.code = code;
    this.retryable = retryable;
  }
}

/** Codes of what is wrong with the question: bad SQL, unknown names, types, rights, clusters, a database that is ahead. Everything else may pass. */
const FINAL_CODES = new Set([
  '6',
  '27',
  '36',
  '41',
  '42',
  '43',
  '44',
  '46',
  '47',
  '53',
  '60',
  '62',
  '70',
  '81',
  '117',
  '158',
  '164',
  '196',
  '386',
  '396',
  '452',
  '497',
  '701',
]);

/** Whether a ClickHouse error code tells of a mistake that no retry mends. */
export const isFinalCode = (code: string): boolean => FINAL_CODES.has(code);
