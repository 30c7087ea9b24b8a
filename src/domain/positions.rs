//! How gladly a user plays each of the five roles, and the range of a rank.
//!
//! 1 is the favourite, whatever the predecessor's column comments claim; ranks out of range never get stored.

use crate::types::Position;

/// The worst rank a role may have; 1 is the favourite and 0 means "does not play" (`DOMAIN §1.2`).
pub const MAX_POSITION_RANK: i32 = 5;

/// The five roles by their number in the game (`DOMAIN §1.2`).
pub const ROLES: [Position; 5] =
    [Position::Carry, Position::Mid, Position::Offlane, Position::SoftSupport, Position::HardSupport];

/// How gladly a user plays each role: 1 = favourite … 5 = least, 0 = does not play (`DOMAIN §1.2`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Positions {
    /// Rank of position 1.
    pub carry: i32,
    /// Rank of position 2.
    pub mid: i32,
    /// Rank of position 3.
    pub offlane: i32,
    /// Rank of position 4.
    pub soft_support: i32,
    /// Rank of position 5.
    pub hard_support: i32,
}

/// A rank outside 0–5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role's rank is between 0 and 5")]
pub struct PositionRankError {
    /// The role.
    pub position: Position,
    /// The rank it was given.
    pub rank: i32,
}

impl Positions {
    /// The rank of one role.
    #[must_use]
    pub fn rank(&self, position: Position) -> i32 {
        match position {
            Position::Carry => self.carry,
            Position::Mid => self.mid,
            Position::Offlane => self.offlane,
            Position::SoftSupport => self.soft_support,
            Position::HardSupport => self.hard_support,
        }
    }

    /// Whether the user plays this role at all: rank above 0 (`DOMAIN §1.2`).
    #[must_use]
    pub fn plays(&self, position: Position) -> bool {
        self.rank(position) > 0
    }

    /// The same ranks, if all are within 0–5 (`DOMAIN §1.2`).
    ///
    /// # Errors
    /// Names the first role whose rank is out of range.
    pub fn checked(self) -> Result<Self, PositionRankError> {
        let ranks = ROLES.map(|position| (position, self.rank(position)));
        match ranks.into_iter().find(|(_, rank)| !(0..=MAX_POSITION_RANK).contains(rank)) {
            Some((position, rank)) => Err(PositionRankError { position, rank }),
            None => Ok(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::TextEnum;

    #[test]
    fn each_role_has_its_own_rank() {
        let positions = Positions { carry: 1, mid: 2, offlane: 3, soft_support: 4, hard_support: 5 };
        assert_eq!(ROLES.map(|it| positions.rank(it)), [1, 2, 3, 4, 5]);
        assert_eq!(ROLES.as_slice(), Position::ALL);
    }

    #[test]
    fn ranks_outside_zero_to_five_are_refused_by_role() {
        for rank in 0..=5 {
            let positions = Positions { mid: rank, ..Positions::default() };
            assert_eq!(positions.checked(), Ok(positions));
        }
        for rank in [-4, -1, 6, 999] {
            let positions = Positions { offlane: rank, ..Positions::default() };
            assert_eq!(positions.checked(), Err(PositionRankError { position: Position::Offlane, rank }));
        }
    }
}
