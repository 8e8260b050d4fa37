import { LIBRARIES, PURE_ROOMS, ROOMS } from './rooms.mjs';

const pathOf = (name) => ROOMS.find((room) => room.name === name).path;
const anyRoom = ROOMS.map(({ path }) => path).join('|');

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circles',
      comment:
        'Files that import each other cannot be read one after the other. Move what both need into a file of its own.',
      severity: 'error',
      from: {},
      to: { circular: true, dependencyTypesNot: ['type-only'] },
    },
    ...ROOMS.map(({ name, path, leansOn }) => ({
      name: `${name}-leans-on-earlier-rooms`,
      comment: `${name} may lean on ${leansOn.join(', ') || 'nothing'}. Move the thing to the room that both lean on, or hand it in as a value from the wiring.`,
      severity: 'error',
      from: { path },
      to: { path: anyRoom, pathNot: [path, ...leansOn.map(pathOf)] },
    })),
    {
      name: 'pure-rooms-do-no-io',
      comment:
        'Pure rooms take values and give values. Do the I/O in sources, store, delivery or the wiring, and hand the result in.',
      severity: 'error',
      from: { path: PURE_ROOMS.map(pathOf) },
      to: { dependencyTypes: ['core'] },
    },
    ...LIBRARIES.map(({ library, path }) => ({
      name: `${library.replaceAll(/[@/]/g, '')}-in-one-place`,
      comment: `${library} is imported in one place only (${path}), so that another library could take its place. Use what that place exports.`,
      severity: 'error',
      from: { path: '^(core|plugins|api|fleet|cli)/', pathNot: path },
      to: { path: `node_modules/${library}(/|$)` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
