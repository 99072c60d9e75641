//! The passwords that most people choose, which are therefore guessed first.
//!
//! The list holds those of the 10,000 commonest that are long enough to be passwords here, the commonest first. Source:
//! the list in Django 5.2 (BSD-3-Clause), which Royce Williams made of the counts of Have I Been Pwned.

const COMMON: &str = include_str!("common_passwords.txt");

/// Whether this is one of them, in capitals or not.
pub fn contain(password: &str) -> bool {
    // Some microseconds for the whole list, beside the hash of a password.
    COMMON.lines().any(|common| common.eq_ignore_ascii_case(password))
}

/// Those that a program comes upon: digits alone, or one character again and again.
pub fn plain() -> impl Iterator<Item = &'static str> {
    let is_one = |common: &str| common.bytes().all(|byte| common.starts_with(char::from(byte)));
    COMMON.lines().filter(move |common| is_one(common) || common.bytes().all(|byte| byte.is_ascii_digit()))
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
    fn the_plain_ones_are_few() {
        let plain: Vec<&str> = plain().collect();
        assert!(plain.len() < 400 && plain.contains(&"00000000") && plain.contains(&"87654321"), "{plain:?}");
    }

    #[test]
    fn each_line_could_be_a_password() {
        assert!(COMMON.lines().count() > 3000);
        assert!(COMMON.lines().all(|line| line.len() >= 8 && line.trim() == line));
    }
}
