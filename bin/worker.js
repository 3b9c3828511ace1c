// A process that a command on many stores starts: it answers for one store after another.
'use strict';

require('./start.js').serve();
