// Which suites run when, with two or more at once: the longest first, so that nobody waits for it alone at the end, and
// those that measure what faults do to waiting not beside each other but beside what only computes.
const { default: Sequencer } = require('@jest/test-sequencer');

const ORDER = [/planted-bugs\.int/, /(?<!\.int)\.spec/, /chaos\.int/, /\/acceptance\/[a-m]/, /scenarios\.int/, /\/acceptance\//, /./];
const rankOf = ({ path }) => ORDER.findIndex((pattern) => pattern.test(path));

module.exports = class extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => rankOf(one) - rankOf(other));
  }
};
