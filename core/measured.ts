/** What is counted since the process started, and what it means. */
export const COUNTERS = {
  'touchstone.ingest.events': 'Events that were stored',
  'touchstone.ingest.problems': 'Lines that became dead letters instead',
  'touchstone.ingest.rows_in_doubt':
    'Rows above their commits when partitions were opened: stored before a death, not stored again',
  'touchstone.store.failures': 'Attempts that the store or the source did not answer as it should; each is made again',
  'touchstone.judge.windows': 'Windows that were judged, by stream',
  'touchstone.judge.findings': 'Findings that were written down, by stream; retractions count, too',
  'touchstone.judge.restated': 'Windows that late events have moved, by stream',
  'touchstone.deliveries': 'Webhooks that were sent, by outcome: delivered, retry, gone, given-up',
  'touchstone.published': 'Changes that were published to topics, by kind',
} as const;

/** What is read when somebody asks, and what it means. */
export const GAUGES = {
  'touchstone.source.backlog_bytes': 'Bytes that are there and were not read yet',
  'touchstone.judge.again_windows':
    'Windows that are being judged again, since late events moved them or one before them',
  'touchstone.audit.holds':
    '1 while what is stored is what was committed, by stream; 0: something is lost or twice, touchstone doctor says what',
} as const;

/** What takes time, and what it means; in milliseconds. */
export const DURATIONS = {
  'touchstone.detection.delay': 'From the end of a window to the delivery of the alert that fires in it',
} as const;
