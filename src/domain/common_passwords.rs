//! The passwords that most people choose, which are therefore guessed first.
//!
//! The list holds those of the 10,000 commonest that are long enough to be passwords here, the commonest first. Source:
//! the list in Django 5.2 (BSD-3-Clause), which Royce Williams made of the counts of Have I Been Pwned.

const COMMON: &str = include_str!("common_passwords.txt");

/// Whether this is one of them, in capitals or not.
pub(super) fn contain(password: &str) -> bool {
    // Some microseconds for the whole list, beside the hash of a password.
    COMMON.lines().any(|common| common.eq_ignore_ascii_case(password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_many_people_choose() {
        for common in ["password", "12345678", "PassWord1", "qwertyuiop", "iloveyou", "trustno1"] {
            assert!(contain(common), "{common}");
        }
        for other in ["correct horse", "three quiet words", "passwor", "password ", "", "123456"] {
            assert!(!contain(other), "{other}");
        }
    }

    #[test]
    fn each_line_could_be_a_password() {
        assert!(COMMON.lines().count() > 3000);
        assert!(COMMON.lines().all(|line| line.len() >= 8 && line.trim() == line));
    }
}
