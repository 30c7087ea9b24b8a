//! What of a planned value is new: writes only what differs, so that a second run writes nothing.

/// The value to write to a column, if it is not there already.
pub(super) fn differing<T: PartialEq>(current: &T, planned: T) -> Option<T> {
    (*current != planned).then_some(planned)
}

/// The same for a column that a file may say nothing about, which erases nothing (DOMAIN §9.3).
pub(super) fn stated<T: PartialEq>(current: Option<&T>, planned: Option<T>) -> Option<Option<T>> {
    planned.filter(|it| current != Some(it)).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_equal_value_is_not_written() {
        assert_eq!(differing(&1, 1), None);
        assert_eq!(stated(Some(&1), Some(1)), None);
    }

    #[test]
    fn a_new_value_is_written() {
        assert_eq!(differing(&1, 2), Some(2));
        assert_eq!(stated(None, Some(2)), Some(Some(2)));
    }

    #[test]
    fn silence_erases_nothing() {
        assert_eq!(stated(Some(&1), None), None);
    }
}
