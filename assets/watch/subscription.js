// What the page asks for: everything once, in a snapshot, and then the draft as it is after each event.

/** How many entries of the log are shown. */
export const N_LOG = 30;

export const FEED = `subscription Watch($id: ID!) {
  draftFeed(draftId: $id) {
    __typename
    ... on DraftSnapshot {
      seq
      draft {
        ...State
        tournament { name }
        available(first: 100) { nodes { user { ...Player } } }
        events(last: ${N_LOG}) { nodes { ...Entry } }
      }
    }
    ... on DraftEventItem { seq event { ...Entry } draft { ...State } }
  }
}
fragment Player on User { id displayName mmr }
fragment State on Draft {
  status
  style
  availableIds
  rounds { pickNumber team { id name } choice { id } }
  currentRound { pickNumber pickPhase team { id name } captain { displayName } tieResolution { ...Dice } }
  teams { size totalMmr pickPosition team { id name captain { id } members { ...Player } } }
}
fragment Dice on TieResolution {
  rollRounds { rolls { value team { id name } } }
  winner { id name }
}
fragment Entry on DraftEvent {
  __typename
  seq
  type
  createdAt
  epoch
  ... on DraftStarted { style teamCount }
  ... on PlayerPicked { pickNumber captainName pickedName teamName picked { id } }
  ... on TieRolled { pickNumber winnerName resolution { ...Dice } }
  ... on CaptainAssigned { pickNumber nextTeam: teamName teamMmr }
  ... on PickUndone { pickNumber undonePlayerName teamName }
  ... on DraftCompleted { teamCount }
}`;
