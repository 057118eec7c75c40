// A TypeScript module of src/ as a test can import it, with everything that it imports.
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const lib = fileURLToPath(new URL('../src/lib', import.meta.url));

export async function load(name) {
  const made = await rolldown({ input: `${lib}/${name}`, resolve: { alias: { $lib: lib } } });
  const { output } = await made.generate({ format: 'esm' });
  return import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);
}
