/**
 * Loads packages and the Lambda bundles once for all test files of a process, outside of Jest's sandbox. Inside, each file
 * would load, compile and warm up aws-cdk-lib, the AWS SDK and dynalite anew, which is half the time of most. No test
 * replaces a module of theirs (`jest.mock`), and none of them keeps state that a test could see.
 */
const { createRequire, isBuiltin } = require('node:module');
const { join, sep } = require('node:path');
const { default: JestRuntime } = require('jest-runtime');

const BUNDLES = join(__dirname, '..', '..', 'assets') + sep;

module.exports = class Runtime extends JestRuntime {
  /** @param {object | undefined} internal what Jest passes for modules of its own */
  requireModule(from, name, internal, ...rest) {
    const shared = name !== undefined && internal === undefined && (isPackage(name) || name.startsWith(BUNDLES));
    return shared ? createRequire(from)(name) : super.requireModule(from, name, internal, ...rest);
  }
};

/** @param {string} name */
function isPackage(name) {
  return !/^[./]/.test(name) && !isBuiltin(name);
}
