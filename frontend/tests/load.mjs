// A TypeScript module of src/ as a test can import it, with everything that it imports. Runes are
// compiled as for a server: state is then a plain value, which is all that logic needs.
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { compileModule } from 'svelte/compiler';

const lib = fileURLToPath(new URL('../src/lib', import.meta.url));

async function bundled(input, plugins = []) {
  const made = await rolldown({ input, plugins, platform: 'node', resolve: { alias: { $lib: lib } } });
  const { output } = await made.generate({ format: 'esm' });
  return output[0].code;
}

export async function load(name) {
  let code = await bundled(`${lib}/${name}`);
  if (name.includes('.svelte.')) {
    const { js } = compileModule(code, { generate: 'server', filename: name });
    const entry = `${lib}/compiled.js`;
    code = await bundled(entry, [{
      name: 'compiled', resolveId: (id) => (id === entry ? id : null),
      load: (id) => (id === entry ? js.code : null)
    }]);
  }
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}
