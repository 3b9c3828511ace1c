// Tells of what went wrong before the command line was loaded, which then tells the rest. As plain as run.js: every Node.js reads it.

var fs = require('fs');

/** Writes one line to stderr, as JSON where that is asked for. */
exports.tell = function (code, exitCode, message, argv) {
  var end = argv.indexOf('--');
  var json = argv.indexOf('--json');
  var isJson = json >= 0 && (end < 0 || json < end);
  var error = { code: code, message: message, exitCode: exitCode };
  process.stderr.write(isJson ? JSON.stringify({ error: error }) + '\n' : 'kmb-store: ' + message + '\n');
};

/** As `tell`, of what was thrown while the command line was being loaded; gives the exit code. */
exports.report = function (error, argv) {
  var text = error instanceof Error ? error.message : String(error);
  var message = 'cannot start: ' + text.split('\n', 1)[0];
  if (isOutOfFiles(text)) {
    exports.tell('IO_ERROR', 6, 'cannot start: too many open files, or a limit that is too low (ulimit -n)', argv);
    return 6;
  }
  var isSystem = error instanceof Error && typeof error.syscall === 'string';
  exports.tell(isSystem ? 'IO_ERROR' : 'CANNOT_START', isSystem ? 6 : 70, message, argv);
  return isSystem ? 6 : 70;
};

/** Modules that cannot be opened for want of descriptors are often told of as missing. */
function isOutOfFiles(text) {
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
