#!/usr/bin/env node
// Looks whether this Node.js can run the rest, and tells of what keeps that from being loaded; the command line tells of
// what comes after. In words that every Node.js understands: a file with newer syntax ends as exit code 1, which is the
// code of a clean no. One file, because each costs a start some time.

var NEEDED = [20, 19, 0];
var argv = process.argv.slice(2);
var found = process.version.slice(1).split('.').map(parseFloat);

if (isOlder()) {
  var needed = 'Node.js ' + NEEDED.join('.') + ' or later is needed, and this is ' + process.version;
  process.exitCode = tell('NODE_TOO_OLD', 70, needed);
} else {
  try {
    require('./start.js').start(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

function isOlder() {
  for (var part = 0; part < NEEDED.length; part += 1) {
    if (found[part] !== NEEDED[part]) return found[part] < NEEDED[part];
  }
  return false;
}

function report(error) {
  var text = error instanceof Error ? error.message : String(error);
  if (isOutOfFiles(text)) {
    return tell('IO_ERROR', 6, 'cannot start: too many open files, or a limit that is too low (ulimit -n)');
  }
  var isSystem = error instanceof Error && typeof error.syscall === 'string';
  return tell(isSystem ? 'IO_ERROR' : 'CANNOT_START', isSystem ? 6 : 70, 'cannot start: ' + text.split('\n', 1)[0]);
}

/** Writes one line to stderr, as JSON where that is asked for, and gives the exit code. */
function tell(code, exitCode, message) {
  var end = argv.indexOf('--');
  var json = argv.indexOf('--json');
  var isJson = json >= 0 && (end < 0 || json < end);
  var error = { code: code, message: message, exitCode: exitCode };
  process.stderr.write(isJson ? JSON.stringify({ error: error }) + '\n' : 'kmb-store: ' + message + '\n');
  return exitCode;
}

/** Modules that cannot be opened for want of descriptors are often told of as missing. */
function isOutOfFiles(text) {
  var fs = require('fs');
  if (/E[MN]FILE/.test(text)) return true;
  var opened = [];
  try {
    while (opened.length < 8) opened.push(fs.openSync(__filename, 'r'));
    return false;
  } catch (error) {
    return /^E[MN]FILE$/.test(error.code);
  } finally {
    opened.forEach(function (descriptor) {
      fs.closeSync(descriptor);
    });
  }
}
