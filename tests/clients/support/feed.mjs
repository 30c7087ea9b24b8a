// The subscription that most tests follow: no more than what tells one item from the next.
export const FEED = `subscription ($draftId: ID!, $after: Int) {
  draftFeed(draftId: $draftId, after: $after) {
    __typename
    ... on DraftSnapshot { seq resync draft { id version } }
    ... on DraftEventItem { seq event { seq type } draft { id version } }
    ... on DraftHeartbeat { seq }
  }
}`;

export const itemOf = ({ draftFeed }) => draftFeed;

/** The `seq` of the newest snapshot or event that a recorder was brought; heartbeats bring nothing. */
export const position = (recorder) =>
  recorder.items.findLast(({ __typename }) => __typename !== 'DraftHeartbeat')?.seq;
