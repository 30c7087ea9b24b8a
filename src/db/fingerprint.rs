//! Names the form of the rows, so that two builds that disagree on it share no cached row.
//!
//! Follows from the text of the schema: nobody has to remember to count it up.

/// Fingerprint of all columns of all tables.
pub const FINGERPRINT: u64 = fnv1a(include_bytes!("schema.rs"));

/// 64-bit FNV-1a, which a constant can be computed with.
const fn fnv1a(text: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut rest = text;
    while let [byte, others @ ..] = rest {
        // `u64::from` is not const.
        hash = (hash ^ widened(*byte)).wrapping_mul(0x0100_0000_01b3);
        rest = others;
    }
    hash
}

const fn widened(byte: u8) -> u64 {
    u64::from_le_bytes([byte, 0, 0, 0, 0, 0, 0, 0])
}
