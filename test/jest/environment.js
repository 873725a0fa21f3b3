/**
 * Jest's sandbox for Node.js, with the classes and the environment variables of the process in place of the sandbox's own:
 * so `instanceof` holds between the files of a test and what `runtime.js` loads outside, and both read the same variables.
 */
const { TestEnvironment } = require('jest-environment-node');

const CLASSES = ['Date', 'Map', 'Set', 'Error', 'AggregateError', 'RangeError', 'SyntaxError', 'TypeError'];

module.exports = class Environment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    for (const name of CLASSES) this.global[name] = globalThis[name];
    this.global.process.env = process.env;
  }
};
