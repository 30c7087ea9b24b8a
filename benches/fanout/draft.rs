//! The draft that is watched: set up and played over the API, by a caller who may pick for everybody.

use anyhow::{Context as _, ensure};
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

/// Players of a tournament, the first of whom become captains.
const PLAYERS: &str =
    "query($id: ID!, $n: Int!) { tournament(id: $id) { players(first: $n) { nodes { id } } } }";

const CAPTAIN: &str = "mutation($input: TeamCreateFromCaptainInput!) {
    result: teamCreateFromCaptain(input: $input) { userErrors { message } } }";

const START: &str = "mutation($input: DraftStartInput!) { result: draftStart(input: $input) {
    draft { id version currentRound { id } available(first: 1) { nodes { user { id } } } } userErrors { message } } }";

const PICK: &str = "mutation($input: DraftPickInput!) { result: draftPick(input: $input) {
    draft { id version currentRound { id } available(first: 1) { nodes { user { id } } } } userErrors { message } } }";

/// The API of a server, for one caller.
pub(crate) struct Api {
    client: reqwest::Client,
    url: String,
    token: String,
}

/// A draft that runs, and what the next pick must name.
pub(crate) struct Draft<'a> {
    api: &'a Api,
    now: Value,
}

impl Api {
    pub(crate) fn new(url: &str, token: &str) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { client, url: url.to_owned(), token: token.to_owned() })
    }

    async fn ask(&self, query: &str, variables: Value) -> anyhow::Result<Value> {
        let request = self.client.post(&self.url).bearer_auth(&self.token);
        let request = request.header(CONTENT_TYPE, "application/json");
        let body = json!({ "query": query, "variables": variables }).to_string();
        let text = request.body(body).send().await?.text().await?;
        let mut answer: Value = serde_json::from_str(&text).with_context(|| format!("no JSON: {text}"))?;
        ensure!(answer.get("errors").is_none(), "{query} is answered by {text}");
        Ok(at(&mut answer, "/data"))
    }

    /// Runs a mutation, which must not be refused.
    async fn call(&self, mutation: &str, input: Value) -> anyhow::Result<Value> {
        let mut payload = at(&mut self.ask(mutation, json!({ "input": input })).await?, "/result");
        let refusals = at(&mut payload, "/userErrors");
        ensure!(refusals == json!([]), "{mutation} is refused: {refusals}");
        Ok(payload)
    }

    /// Makes the first players captains, as far as they are none, and starts the draft, if need be over.
    pub(crate) async fn start_draft(&self, tournament: &str, n_teams: usize) -> anyhow::Result<Draft<'_>> {
        let mut players = self.ask(PLAYERS, json!({ "id": tournament, "n": n_teams })).await?;
        let players = at(&mut players, "/tournament/players/nodes");
        let captains = players.as_array().map(Vec::as_slice).unwrap_or_default();
        ensure!(captains.len() == n_teams, "tournament {tournament} has no {n_teams} players");
        for (order, captain) in (1..).zip(captains) {
            let user = captain.pointer("/id");
            let input = json!({ "tournamentId": tournament, "userId": user, "draftOrder": order });
            self.call(CAPTAIN, input).await?;
        }
        let input = json!({ "tournamentId": tournament, "style": "SNAKE", "confirmDiscardPicks": true });
        let now = at(&mut self.call(START, input).await?, "/draft");
        Ok(Draft { api: self, now })
    }
}

impl Draft<'_> {
    pub(crate) fn id(&self) -> anyhow::Result<String> {
        Ok(self.now.pointer("/id").and_then(Value::as_str).context("a draft without an id")?.to_owned())
    }

    /// Picks the first who is left, for whoever is on turn.
    pub(crate) async fn pick(&mut self) -> anyhow::Result<()> {
        let user = self.now.pointer("/available/nodes/0/user/id").context("nobody is left to pick")?;
        let input = json!({
            "draftId": self.now.pointer("/id"),
            "roundId": self.now.pointer("/currentRound/id"),
            "userId": user,
            "expectedVersion": self.now.pointer("/version"),
        });
        self.now = at(&mut self.api.call(PICK, input).await?, "/draft");
        Ok(())
    }
}

/// Takes a part out of an answer; null if there is none.
fn at(answer: &mut Value, pointer: &str) -> Value {
    answer.pointer_mut(pointer).map(Value::take).unwrap_or_default()
}
