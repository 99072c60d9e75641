//! A guard before any JSON is read: how deep it nests.

/// JSON from outside may nest this deep; what the contract needs is 4.
pub const DEPTH_LIMIT: usize = 16;

/// Whether a JSON text nests deeper than allowed. Brackets inside strings do not count; a text that is not
/// JSON is left for the parser to refuse.
pub fn is_too_deep(json: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > DEPTH_LIMIT {
                    return true;
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_too_deep;

    #[test]
    fn sixteen_levels_pass_and_seventeen_do_not() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(!is_too_deep(nested(16).as_bytes()));
        assert!(is_too_deep(nested(17).as_bytes()));
        assert!(!is_too_deep(format!("{{\"a\":\"\\\"{}\"}}", "[".repeat(99)).as_bytes()));
        assert!(!is_too_deep("[]".repeat(99).as_bytes()));
    }
}
