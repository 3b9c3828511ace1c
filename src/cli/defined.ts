type Defined<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

/**
 * The same object without the fields that are undefined: from flags that may be absent to options that may be left out.
 */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
