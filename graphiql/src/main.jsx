// The page's entry: wires GraphiQL to this server, to the example tabs and to its own storage.
import './monaco-workers.js';
import './style.css';
import { createRoot } from 'react-dom/client';
import { GraphiQL } from 'graphiql';
import { ToolbarButton } from '@graphiql/react';
import { Account } from './account.jsx';
import { examples } from './examples.js';
import { fetcher } from './fetcher.js';
import { isFirstVisit, resetToExamples, storage } from './storage.js';

// On a first visit GraphiQL fills the panes of the first tab from these two, not from the tab; later they would add a tab.
const firstTab = isFirstVisit
  ? { initialQuery: examples[0]?.query, initialVariables: examples[0]?.variables }
  : {};

function askAndReset() {
  if (window.confirm('Replace all tabs with the examples?')) {
    resetToExamples();
  }
}

/** An arrow that turns back; the library's own reload icon already means "fetch the schema again". */
const RestoreIcon = () => (
  <svg className="graphiql-toolbar-icon" viewBox="0 0 16 16" fill="none" stroke="currentColor" aria-hidden="true">
    <path d="M2.6 2.4v3.8h3.8M2.9 6.2a5.6 5.6 0 1 1-.4 3.6" strokeLinecap="round" strokeLinejoin="round" />
  </svg>
);

createRoot(document.getElementById('graphiql')).render(
  // Request headers may hold a token: they are never kept in the browser's storage.
  <GraphiQL
    fetcher={fetcher}
    storage={storage}
    defaultTabs={examples}
    {...firstTab}
    defaultEditorToolsVisibility="variables"
    shouldPersistHeaders={false}
    showPersistHeadersSettings={false}
  >
    <GraphiQL.Logo>
      <Account />
      inhouse
    </GraphiQL.Logo>
    <GraphiQL.Toolbar>
      {({ prettify, merge, copy }) => (
        <>
          {prettify}
          {merge}
          {copy}
          <ToolbarButton label="Reset to the example tabs" onClick={askAndReset}>
            <RestoreIcon />
          </ToolbarButton>
        </>
      )}
    </GraphiQL.Toolbar>
  </GraphiQL>,
);
