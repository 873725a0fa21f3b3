/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: '<rootDir>/test/jest/environment.js',
  runtime: '<rootDir>/test/jest/runtime.js',
  roots: ['<rootDir>/test'],
  // A slow machine is no failure; this only ends a test that hangs.
  testTimeout: 600_000,
  // Both cores of the smallest machine: by default Jest leaves one to itself.
  maxWorkers: '100%',
  // What test files leave behind slows down those that follow in the same process, to a third of their speed in the end.
  workerIdleMemoryLimit: '500MB',
  testMatch: ['**/*.test.ts'],
  // Modules that are loaded late are named as Node.js wants it.
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFiles: ['<rootDir>/test/cdk-validation.ts', '<rootDir>/test/property-seed.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // Suites that drive another program, or run for long, have npm scripts of their own: test:<name>.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/(deploy|engines|iam|integ|package|security|chaos|soak)/'],
  modulePathIgnorePatterns: ['<rootDir>/(dist|assets|command|out|cdk.out)/'],
};
