// Stands in for Prettier's Babel and ESTree plugins, which GraphiQL loads only to tidy the variables:
// a JSON formatter that the bundle already has does the same in half a megabyte less.
import { applyEdits, format } from 'jsonc-parser';

const everything = (text) => ({
  type: 'json',
  text: applyEdits(text, format(text, undefined, { insertSpaces: true, tabSize: 2 })),
});

export const parsers = {
  jsonc: {
    astFormat: 'json-text',
    parse: everything,
    locStart: () => 0,
    locEnd: ({ text }) => text.length,
  },
};

export const printers = {
  'json-text': { print: (path) => path.node.text },
};
