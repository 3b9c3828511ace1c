/** Opens a store by its name; each is loaded only in the process that measures it. */
export async function openStore({ store, path, ...options }) {
  const module = await import(`./${store}.js`);
  return module.openStore(path, options);
}
