import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      '*.js',
      '*.cjs',
      'dist/',
      'assets/',
      'command/',
      'out/',
      'cdk.out/',
      // A user's app, in plain JavaScript.
      'test/package/app/',
      // Loaded by Jest itself, as it is.
      'test/jest/',
      'node_modules/',
      'coverage/',
      '.cache/',
      '**/*.mjs',
      '**/*.d.ts',
    ],
  },
  ...tseslint.configs.recommended,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  { files: ['cli/**', 'bench/**', 'scripts/**'], rules: { 'no-console': 'off' } },
  // The time and chance of a decision are passed in.
  {
    files: ['lambda/**', 'local/**', 'workload/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Take the time from the clock that is passed in.' },
        { object: 'Math', property: 'random', message: 'Take chance from the source that is passed in.' },
      ],
    },
  },
);
