//! Teams and who is on them.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::call::{CallInput, CallReport, run};
use crate::graphql::context::ApiResult;
use crate::graphql::node::{parse_id, parse_ids};
use crate::graphql::types::{Team, Tournament, User};
use crate::service::Command;
use crate::service::team as service;
use crate::types::EntityId as _;

/// What is done to teams.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TeamMutation;

/// Whom to make captain.
#[derive(Debug, InputObject)]
pub(crate) struct TeamCreateFromCaptainInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The tournament.
    tournament_id: ID,
    /// A registered player who is on no other team.
    user_id: ID,
    /// Place in the order of picks, from 1; each team has its own.
    draft_order: Option<i32>,
    /// Do it although the draft runs.
    #[graphql(default)]
    force: bool,
}

/// What to change of a team; what is left out stays.
#[derive(Debug, InputObject)]
pub(crate) struct TeamUpdateInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The team.
    team_id: ID,
    /// Refused with `STALE_VERSION` if the team is at another version by now.
    expected_version: Option<i32>,
    /// Name; the captain may change it, too.
    name: Option<String>,
    /// Who leads it: one of its members.
    captain_id: Option<ID>,
    /// First in the line of succession: another member; null for nobody.
    deputy_captain_id: MaybeUndefined<ID>,
    /// Place in the order of picks, from 1; null for none.
    draft_order: MaybeUndefined<i32>,
    /// Do it although the draft runs.
    #[graphql(default)]
    force: bool,
}

/// Who is to be on a team.
#[derive(Debug, InputObject)]
pub(crate) struct TeamMembersSetInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The team.
    team_id: ID,
    /// All its members from now on, at most 5: registered players who are on no other team.
    user_ids: Vec<ID>,
    /// Refused with `STALE_VERSION` if the team is at another version by now.
    expected_version: Option<i32>,
    /// Do it although the draft runs.
    #[graphql(default)]
    force: bool,
}

/// A team and a substitute.
#[derive(Debug, InputObject)]
pub(crate) struct TeamDropinInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The team.
    team_id: ID,
    /// The substitute.
    user_id: ID,
}

/// A team and a member.
#[derive(Debug, InputObject)]
pub(crate) struct TeamMemberLeaveInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The team.
    team_id: ID,
    /// The member.
    user_id: ID,
    /// Do it although the draft runs.
    #[graphql(default)]
    force: bool,
}

/// Which team to delete.
#[derive(Debug, InputObject)]
pub(crate) struct TeamDeleteInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The team.
    team_id: ID,
    /// Refused with `STALE_VERSION` if the team is at another version by now.
    expected_version: Option<i32>,
    /// Do it although the draft runs.
    #[graphql(default)]
    force: bool,
}

/// Whom to split into teams.
#[derive(Debug, InputObject)]
pub(crate) struct TeamsAutoBalanceInput {
    #[graphql(flatten)]
    call: CallInput,
    /// The tournament, whose registered players are split.
    tournament_id: ID,
    /// Members of each team, 2 to 5.
    #[graphql(default = 5)]
    team_size: i32,
    /// Propose only; nothing is changed unless this is false.
    #[graphql(default = true)]
    dry_run: bool,
    /// The seed of an earlier proposal, to make just that one; another chance unless told.
    seed: Option<i32>,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct TeamPayload {
    /// The team as it is now; null if nothing was done, or nobody was left on it and it was deleted.
    team: Option<Team>,
    /// The tournament as it is now; null if nothing was done.
    tournament: Option<Tournament>,
    #[graphql(flatten)]
    report: CallReport,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct TeamDeletePayload {
    /// Global id of the team that is no more; null if nothing was done.
    deleted_id: Option<ID>,
    /// The tournament as it is now; null if nothing was done.
    tournament: Option<Tournament>,
    #[graphql(flatten)]
    report: CallReport,
}

/// A proposed or made team.
#[derive(Debug, SimpleObject)]
pub(crate) struct BalancedTeam {
    /// Its name.
    name: String,
    /// The team; null while it is only proposed.
    team: Option<Team>,
    /// The member with the highest MMR.
    captain: Option<User>,
    /// Members, the captain first.
    members: Vec<User>,
    /// Total MMR.
    total_mmr: i64,
}

/// What came of it.
#[derive(Debug, SimpleObject)]
pub(crate) struct TeamsAutoBalancePayload {
    /// The teams, strongest first; empty if nothing was done.
    teams: Vec<BalancedTeam>,
    /// Registered players for whom no full team was left.
    left_over: Vec<User>,
    /// Give this back to get the same teams; null if nothing was done.
    seed: Option<i32>,
    /// The tournament as it is now; null if nothing was done.
    tournament: Option<Tournament>,
    #[graphql(flatten)]
    report: CallReport,
}

/// A command on who is on a team.
async fn members<C>(ctx: &Context<'_>, call: CallInput, command: C) -> ApiResult<TeamPayload>
where
    C: Command<Outcome = service::MemberOutcome>,
{
    let answered = run(ctx, call, command).await?;
    Ok(TeamPayload {
        team: Team::load_some(ctx, answered.outcome.and_then(|it| it.team_id)).await?,
        tournament: Tournament::load_some(ctx, answered.outcome.map(|it| it.tournament_id)).await?,
        report: answered.report,
    })
}

/// What is done to teams.
#[Object]
impl TeamMutation {
    /// Makes a registered player captain of a new team. If they captain one already, it gets the place in the draft order.
    /// For who may edit the tournament.
    async fn team_create_from_captain(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: TeamCreateFromCaptainInput,
    ) -> ApiResult<TeamPayload> {
        let tournament_id = parse_id(&input.tournament_id)?;
        let command = service::TeamCreateFromCaptain {
            tournament_id,
            user_id: parse_id(&input.user_id)?,
            draft_order: input.draft_order,
            force: input.force,
        };
        let answered = run(ctx, input.call, command).await?;
        Ok(TeamPayload {
            team: Team::load_some(ctx, answered.outcome).await?,
            tournament: Tournament::load_some(ctx, answered.outcome.map(|_| tournament_id)).await?,
            report: answered.report,
        })
    }

    /// Changes a team's name, captain, deputy or place in the draft order. For who may edit the tournament; its captain
    /// may rename it.
    async fn team_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: TeamUpdateInput,
    ) -> ApiResult<TeamPayload> {
        let deputy =
            input.deputy_captain_id.as_opt_ref().map(|id| id.map(parse_id).transpose()).transpose()?;
        let command = service::TeamUpdate {
            team_id: parse_id(&input.team_id)?,
            expected_version: input.expected_version,
            name: input.name,
            captain_id: input.captain_id.as_ref().map(parse_id).transpose()?,
            deputy_captain_id: deputy,
            draft_order: input.draft_order.as_opt_ref().map(|it| it.copied()),
            force: input.force,
        };
        let answered = run(ctx, input.call, command).await?;
        let team = Team::load_some(ctx, answered.outcome).await?;
        let tournament = Tournament::load_some(ctx, team.as_ref().map(Team::tournament_id)).await?;
        Ok(TeamPayload { team, tournament, report: answered.report })
    }

    /// Makes exactly these people the members of a team. If the captain is not among them, the deputy follows, else the
    /// member with the highest MMR. For who may edit the tournament.
    async fn team_members_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: TeamMembersSetInput,
    ) -> ApiResult<TeamPayload> {
        let command = service::TeamMembersSet {
            team_id: parse_id(&input.team_id)?,
            user_ids: parse_ids(&input.user_ids)?,
            expected_version: input.expected_version,
            force: input.force,
        };
        members(ctx, input.call, command).await
    }

    /// Lets somebody substitute for a team. For who may edit the tournament.
    async fn team_dropin_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: TeamDropinInput,
    ) -> ApiResult<TeamPayload> {
        let (team_id, user_id) = (parse_id(&input.team_id)?, parse_id(&input.user_id)?);
        members(ctx, input.call, service::TeamDropinAdd { team_id, user_id }).await
    }

    /// Ends a substitution. For who may edit the tournament.
    async fn team_dropin_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: TeamDropinInput,
    ) -> ApiResult<TeamPayload> {
        let (team_id, user_id) = (parse_id(&input.team_id)?, parse_id(&input.user_id)?);
        members(ctx, input.call, service::TeamDropinRemove { team_id, user_id }).await
    }

    /// Takes a member off a team; they stay on record as having left. If the captain goes, the deputy follows, else the
    /// member with the highest MMR. For who may edit the tournament.
    async fn team_member_leave(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: TeamMemberLeaveInput,
    ) -> ApiResult<TeamPayload> {
        let command = service::TeamMemberLeave {
            team_id: parse_id(&input.team_id)?,
            user_id: parse_id(&input.user_id)?,
            force: input.force,
        };
        members(ctx, input.call, command).await
    }

    /// Deletes a team that is in no game; its members stay registered. For who may edit the tournament.
    async fn team_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: TeamDeleteInput,
    ) -> ApiResult<TeamDeletePayload> {
        let command = service::TeamDelete {
            team_id: parse_id(&input.team_id)?,
            expected_version: input.expected_version,
            force: input.force,
        };
        let answered = run(ctx, input.call, command).await?;
        Ok(TeamDeletePayload {
            deleted_id: answered.outcome.map(|it| it.team_id.to_global().into()),
            tournament: Tournament::load_some(ctx, answered.outcome.map(|it| it.tournament_id)).await?,
            report: answered.report,
        })
    }

    /// Splits the registered players into teams of about equal strength: proposes them, or replaces the tournament's teams
    /// by them unless a game refers to one. For who may edit the tournament.
    async fn teams_auto_balance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: TeamsAutoBalanceInput,
    ) -> ApiResult<TeamsAutoBalancePayload> {
        let command = service::TeamsAutoBalance {
            tournament_id: parse_id(&input.tournament_id)?,
            team_size: input.team_size,
            dry_run: input.dry_run,
            seed: input.seed,
        };
        let answered = run(ctx, input.call, command).await?;
        let report = answered.report;
        let Some(outcome) = answered.outcome else {
            return Ok(TeamsAutoBalancePayload {
                teams: Vec::new(),
                left_over: Vec::new(),
                seed: None,
                tournament: None,
                report,
            });
        };
        let teams = outcome.teams.into_iter().map(|it| balanced(ctx, it));
        Ok(TeamsAutoBalancePayload {
            teams: futures_util::future::try_join_all(teams).await?,
            left_over: User::load_many(ctx, outcome.left_over).await?,
            seed: Some(outcome.seed),
            tournament: Tournament::load(ctx, outcome.tournament_id).await?,
            report,
        })
    }
}

async fn balanced(ctx: &Context<'_>, team: service::ProposedTeam) -> ApiResult<BalancedTeam> {
    Ok(BalancedTeam {
        name: team.name,
        team: Team::load_some(ctx, team.team_id).await?,
        captain: User::load(ctx, team.captain_id).await?,
        members: User::load_many(ctx, team.member_ids).await?,
        total_mmr: team.total_mmr,
    })
}
