import tseslint from 'typescript-eslint';
import { PURE_ROOMS, ROOMS } from './rooms.mjs';

/** Files of the pure rooms, as globs. */
const pureFiles = ROOMS.filter(({ name }) => PURE_ROOMS.includes(name)).map(({ path }) => `${path.slice(1)}**/*.ts`);

const CLOCKS = ['Date.now', 'performance.now', 'Math.random'].map((call) => {
  const [object, property] = call.split('.');
  return {
    object,
    property,
    message: 'Pure rooms have no clock and no randomness: take the time, or the generator, as a parameter.',
  };
});

export default tseslint.config(
  { ignores: ['node_modules', 'data', 'coverage', '**/*.mjs', 'eslint.config.js'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  { languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } } },
  {
    rules: {
      'max-lines': ['error', 250],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      'no-console': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { varsIgnorePattern: '^_', argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A parser of bytes is a state machine; comparing a number with itself is how NaN is asked for on the hot path.
      'no-self-compare': 'off',
    },
  },
  {
    files: pureFiles,
    ignores: ['core/time/wallClock.ts'],
    rules: { 'no-restricted-properties': ['error', ...CLOCKS] },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'no-console': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
