/**
 * The rooms in the order the data visits them, and what each may lean on. The one list: dependency-cruiser's rules and the tidiness test are made from it.
 * `path` is a regular expression over file paths; `leansOn` names rooms (a room may always lean on itself).
 */
const PURE = ['time', 'sketch', 'config', 'events', 'windows', 'findings', 'alerts'];

export const ROOMS = [
  { name: 'time', path: '^core/time/', leansOn: [] },
  { name: 'sketch', path: '^core/sketch/', leansOn: ['time'] },
  // The config says what the decoder is to decode, so it knows the decoder's schema type.
  { name: 'config', path: '^core/config/', leansOn: ['time', 'sketch', 'events'] },
  { name: 'events', path: '^core/events/', leansOn: ['time', 'sketch'] },
  { name: 'windows', path: '^core/windows/', leansOn: ['time', 'sketch', 'config', 'events'] },
  { name: 'findings', path: '^core/findings/', leansOn: ['time', 'windows'] },
  { name: 'alerts', path: '^core/alerts/', leansOn: ['time', 'windows', 'findings'] },
  { name: 'plugin', path: '^core/plugin\\.ts$', leansOn: ['sketch', 'events', 'windows', 'findings'] },
  { name: 'testkit', path: '^core/testkit/', leansOn: ['plugin', ...PURE] },
  { name: 'sources', path: '^core/sources/', leansOn: PURE },
  { name: 'store', path: '^core/store/', leansOn: ['sources', ...PURE] },
  { name: 'delivery', path: '^core/delivery/', leansOn: PURE },
  {
    name: 'wiring',
    path: '^core/(pipeline/|main\\.ts$|telemetry\\.ts$)',
    leansOn: ['plugin', 'sources', 'store', 'delivery', ...PURE],
  },
  { name: 'plugins', path: '^plugins/', leansOn: ['plugin', 'sketch'] },
  { name: 'api', path: '^api/', leansOn: ['store', 'delivery', ...PURE] },
  { name: 'fleet', path: '^fleet/', leansOn: [] },
  {
    name: 'cli',
    path: '^cli/',
    leansOn: ['plugin', 'sources', 'store', 'delivery', 'wiring', 'plugins', 'api', 'fleet', ...PURE],
  },
];

/** Rooms without I/O, clock, async or randomness. */
export const PURE_ROOMS = [...PURE, 'plugins'];

/** Libraries that one place imports, so that another could take theirs. */
export const LIBRARIES = [
  { library: '@clickhouse/client', path: '^core/store/clickhouse\\.ts$' },
  { library: 'ffi-rs', path: '^core/store/engine/' },
  { library: 'kafkajs', path: '^core/sources/kafka/' },
  { library: 'fastify', path: '^api/' },
  { library: '@opentelemetry/sdk-node', path: '^core/telemetry\\.ts$' },
  { library: 'yaml', path: '^cli/configFile\\.ts$' },
];
