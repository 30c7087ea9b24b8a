// The example tabs: every /examples/*.graphql of the repository, in the order of the file names.
const queries = import.meta.glob('../../examples/*.graphql', {
  query: '?raw',
  import: 'default',
  eager: true,
});
const variables = import.meta.glob('../../examples/*.variables.json', {
  query: '?raw',
  import: 'default',
  eager: true,
});

export const examples = Object.keys(queries)
  .sort()
  .map((path) => ({
    query: queries[path],
    variables: variables[path.replace(/\.graphql$/, '.variables.json')]?.trim() ?? null,
  }));
