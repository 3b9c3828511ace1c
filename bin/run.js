#!/usr/bin/env node
// Looks whether this Node.js can run the rest, in words that every Node.js understands: a file with newer syntax ends as exit code 1,
// which is the code of a clean no.

var NEEDED = [20, 19, 0];
var argv = process.argv.slice(2);
var found = process.version.slice(1).split('.').map(parseFloat);

function isOlder() {
  for (var part = 0; part < NEEDED.length; part += 1) {
    if (found[part] !== NEEDED[part]) return found[part] < NEEDED[part];
  }
  return false;
}

if (isOlder()) {
  var message = 'Node.js ' + NEEDED.join('.') + ' or later is needed, and this is ' + process.version;
  require('./failure.js').tell('NODE_TOO_OLD', 70, message, argv);
  process.exitCode = 70;
} else {
  require('./start.js');
}
