// Builds the page into /assets/graphiql, from where the server embeds it: the page at /, its files under /graphiql/.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Vite collects the licenses of scripts only; the two fonts want theirs beside them as well. */
const fontLicenses = {
  name: 'font-licenses',
  generateBundle() {
    const source = ['@fontsource-variable/roboto', '@fontsource/fira-code']
      .map((font) => readFileSync(here(`node_modules/${font}/LICENSE`), 'utf8'))
      .join('\n');
    this.emitFile({ type: 'asset', fileName: 'licenses-fonts.txt', source });
  },
};

export default defineConfig({
  base: '/graphiql/',
  plugins: [fontLicenses],
  resolve: {
    alias: {
      // Prettier is here for the query only; the second name of its GraphQL plugin would be bundled twice.
      'prettier/parser-graphql': 'prettier/plugins/graphql',
      'prettier/parser-babel': here('src/prettier-json.js'),
      'prettier/plugins/estree': here('src/prettier-json.js'),
    },
  },
  worker: { format: 'es' },
  build: {
    outDir: here('../assets/graphiql'),
    emptyOutDir: true,
    assetsDir: '',
    // Fonts and icons stay files: a browser caches them, and no data: URL needs to be allowed for them.
    assetsInlineLimit: 0,
    license: { fileName: 'licenses.md' },
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      // "use client" means something to server rendering only.
      onLog: (level, log, report) => log.code === 'MODULE_LEVEL_DIRECTIVE' || report(level, log),
    },
  },
});
