/** Errors of the standard streams, without opening these before they are used: that takes as long as a look-up. */

/** Has `listener` told of the errors of a standard stream from its first use on. */
export function onStreamError(name: 'stdout' | 'stderr', listener: (error: NodeJS.ErrnoException) => void): void {
  const descriptor = Object.getOwnPropertyDescriptor(process, name);
  if (descriptor?.get === undefined) {
    process[name].on('error', listener);
    return;
  }
  Object.defineProperty(process, name, {
    ...descriptor,
    get() {
      Object.defineProperty(process, name, descriptor);
      return process[name].on('error', listener);
    },
  });
}
