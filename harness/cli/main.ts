/** The only entry: builds the process world, runs one command, and is the only place that exits. */
import os from 'node:os';
import { EXIT } from '../errors/harness-error.ts';
import { listenForInterruption } from '../process/interruption.ts';
import { run } from './run.ts';
import { askTerminal } from './talk/ask-terminal.ts';
import { formatFailure } from './talk/failure.ts';
import { stderrSink } from './talk/stderr-sink.ts';
import type { OutputStream, World } from './world.ts';

function outputStream(stream: NodeJS.WriteStream): OutputStream {
  // The reader went away (`| head`): nothing is wrong with the run, so it goes on without an audience.
  let readerGone = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'EIO') readerGone = true;
    else throw error;
  });
  return {
    write(text) {
      if (!readerGone) stream.write(text);
    },
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
  };
}

function listenToLauncherToo() {
  const interruption = listenForInterruption();
  if (process.env.CANARYPROOF_LAUNCHED && process.channel) {
    delete process.env.CANARYPROOF_LAUNCHED; // not for the programs we start
    process.once('disconnect', () => interruption.stop(EXIT.terminated)); // the launcher was killed
    process.channel.unref();
  }
  return interruption;
}

// Node writes warnings as they are, and libraries put foreign text into theirs.
process.removeAllListeners('warning');
process.on('warning', ({ name, message }) => stderrSink(world.stderr).write(`warning: ${name}: ${message}\n`));

// Node's own exit code for a crash is 1, which here means "a check failed".
process.on('uncaughtException', (error) => {
  stderrSink(world.stderr).write(formatFailure(error, { verbose: true, interrupted: false }).text);
  process.exit(EXIT.internal);
});

delete process.env.NODE_COMPILE_CACHE; // it is on by now, and not for the programs we start

const interruption = listenToLauncherToo();
const world: World = {
  env: process.env,
  cwd: process.cwd(),
  stdout: outputStream(process.stdout),
  stderr: outputStream(process.stderr),
  host: {
    system: `${os.platform()} ${os.release()} ${os.arch()}`,
    cpus: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    nodeVersion: process.versions.node,
  },
  interruption,
  ask:
    process.stdin.isTTY && process.stderr.isTTY
      ? (question) => askTerminal(question, { input: process.stdin, output: process.stderr, interruption })
      : undefined,
  now: Date.now,
  every(intervalMs, callback) {
    const timer = setInterval(callback, intervalMs);
    timer.unref();
    return () => clearInterval(timer);
  },
};

/** A socket takes large output in pieces; leaving before the last one cuts a report off. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

const exitCode = await run(world, process.argv.slice(2));
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit(exitCode);
