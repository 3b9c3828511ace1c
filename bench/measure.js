/** One measurement in a process of its own: `node measure.js TASK`, a JSON object; the result is JSON on stdout. */
const { scenario, wholeProcess, ...task } = JSON.parse(process.argv[2]);

const { prepare } = await import(`./scenarios/${scenario}.js`);
const measured = await prepare(task);

const cpuBefore = wholeProcess ? undefined : process.cpuUsage();
const begin = performance.now();
const { afterwards, ...result } = await measured();
const seconds = (performance.now() - begin) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
const memoryMaxBytes = process.resourceUsage().maxRSS * 1024;

const more = await afterwards?.();
console.log(JSON.stringify({ ...result, seconds, cpuSeconds: (user + system) / 1e6, memoryMaxBytes, ...more }));
