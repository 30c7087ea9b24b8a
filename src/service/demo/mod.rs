//! Fills a blank database with a made-up community, so that a first start has something to show.
//!
//! An import of `assets/demo` under a source of its own, plus what the predecessor's format cannot say: roles, site
//! staff and the log of the drafts. All of it in one transaction; a database with anything in it is left alone.

mod history;

use super::import::{ImportFailure, Mappings, import_within};
use crate::db::models::{
    LeagueRoleRow, LeagueRow, OrganizationChanges, OrganizationRoleRow, OrganizationRow, SiteStats,
    TournamentRow, UserChanges, UserRow,
};
use crate::db::{Db, DbError, UnitOfWork};
use crate::domain::import::{At, ImportError, PlanOptions, Report, SourcePk, plan};
use crate::types::RoleKind;

/// The name under which the demo's keys are remembered.
pub const SOURCE: &str = "demo";

/// Key of the demo user who is site staff.
const STAFF: SourcePk = SourcePk(1);

/// Who owns which organization: (organization, user).
const OWNERS: [(SourcePk, SourcePk); 2] = [(SourcePk(1), SourcePk(14)), (SourcePk(2), SourcePk(20))];

/// Roles in organizations: (organization, user, role).
const ORGANIZATION_ROLES: [(SourcePk, SourcePk, RoleKind); 4] = [
    (SourcePk(1), SourcePk(2), RoleKind::Admin),
    (SourcePk(1), SourcePk(7), RoleKind::Staff),
    (SourcePk(2), SourcePk(23), RoleKind::Admin),
    (SourcePk(2), SourcePk(5), RoleKind::Staff),
];

/// Roles in leagues: (league, user, role).
const LEAGUE_ROLES: [(SourcePk, SourcePk, RoleKind); 2] =
    [(SourcePk(1), SourcePk(19), RoleKind::Admin), (SourcePk(2), SourcePk(9), RoleKind::Staff)];

/// Tournaments whose drafts get their log.
const DRAFTED: [SourcePk; 2] = [SourcePk(1), SourcePk(2)];

macro_rules! assets {
    ($($name:literal),+ $(,)?) => {
        [$(($name.to_owned(), include_bytes!(concat!("../../../assets/demo/", $name)).to_vec())),+]
    };
}

/// Why the demo could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The embedded files are at fault.
    #[error("the demo data is broken")]
    Plan(#[from] ImportError),
    /// They could not be written.
    #[error("the demo data could not be written")]
    Import(#[source] Box<ImportFailure>),
    /// The database failed.
    #[error("the database failed under the demo data")]
    Db(#[from] DbError),
    /// A log entry could not be written down.
    #[error("the log of the demo's drafts is broken")]
    History(#[from] crate::domain::draft::PayloadError),
}

/// Loads the demo if there is no user and no tournament; tells what was written.
///
/// # Errors
/// The database failed, or the embedded files do not fit this program, which a test excludes.
pub async fn load_demo_if_empty(db: &Db) -> Result<Option<Report>, DemoError> {
    if !db.read(async |conn| SiteStats::is_blank(conn).await).await? {
        return Ok(None);
    }
    let files = assets![
        "users.json",
        "tournament-1.json",
        "bracket-1.json",
        "tournament-2.json",
        "tournament-3.json"
    ];
    let plan = plan(&files, PlanOptions { resume_drafts: true })?;
    let written = db
        .write(async |uow: &mut UnitOfWork| {
            let imported = import_within(uow, SOURCE, &plan).await;
            let (report, mappings) = imported.map_err(|stop| {
                DemoError::Import(Box::new(stop.into_failure(&At::default(), plan.report.clone())))
            })?;
            adorn(uow, &mappings).await?;
            Ok::<_, DemoError>(report)
        })
        .await?;
    Ok(Some(written.0))
}

/// Adds what the predecessor's format cannot say.
async fn adorn(uow: &mut UnitOfWork, mappings: &Mappings) -> Result<(), DemoError> {
    let staff = mappings.id::<UserRow>(STAFF);
    if let Some(id) = staff {
        let changes = UserChanges { is_staff: Some(true), ..UserChanges::default() };
        uow.update::<UserRow>(id, changes).await?;
    }
    give_roles(uow, mappings).await?;
    for pk in DRAFTED {
        if let Some(id) = mappings.id::<TournamentRow>(pk) {
            history::write(uow, id, staff).await?;
        }
    }
    Ok(())
}

async fn give_roles(uow: &mut UnitOfWork, mappings: &Mappings) -> Result<(), DemoError> {
    let user = |pk: SourcePk| mappings.id::<UserRow>(pk);
    for (organization, owner) in OWNERS {
        if let (Some(id), Some(owner)) = (mappings.id::<OrganizationRow>(organization), user(owner)) {
            let changes =
                OrganizationChanges { owner_id: Some(Some(owner)), ..OrganizationChanges::default() };
            uow.update::<OrganizationRow>(id, changes).await?;
        }
    }
    for (organization, holder, role) in ORGANIZATION_ROLES {
        if let (Some(organization_id), Some(user_id)) =
            (mappings.id::<OrganizationRow>(organization), user(holder))
        {
            uow.link(&OrganizationRoleRow { organization_id, user_id, role }).await?;
        }
    }
    for (league, holder, role) in LEAGUE_ROLES {
        if let (Some(league_id), Some(user_id)) = (mappings.id::<LeagueRow>(league), user(holder)) {
            uow.link(&LeagueRoleRow { league_id, user_id, role }).await?;
        }
    }
    Ok(())
}
