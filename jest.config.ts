import type { Config } from 'jest';

const config: Config = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: false } }, module: { type: 'commonjs' } },
    ],
  },
  // Suites that drive another program (Python, the CDK CLI) have npm scripts of their own: test:<name>.
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/(deploy|python|iam|package|chaos)/'],
  modulePathIgnorePatterns: ['<rootDir>/(dist|assets|out|cdk.out)/'],
};

export default config;
