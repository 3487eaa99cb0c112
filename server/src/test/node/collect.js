/** All that an asynchronous iterator yields. */
export async function collect(iterator) {
  const all = [];
  for await (const one of iterator) {
    all.push(one);
  }
  return all;
}
