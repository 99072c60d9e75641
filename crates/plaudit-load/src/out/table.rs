//! Tables, for a terminal and for a document.

use std::fmt::Write as _;

/// Rows with the first column to the left and the others to the right.
pub(crate) fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let widths: Vec<usize> =
        (0..N).map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::from(" ");
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let space = " ".repeat(width - cell.chars().count());
            if at == 0 {
                let _ = write!(line, " {cell}{space}");
            } else {
                let _ = write!(line, "  {space}{cell}");
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// A table of Markdown; all columns but the first to the right.
pub(crate) fn markdown(head: &[&str], rows: &[Vec<String>]) -> String {
    let escaped = |cell: &str| cell.replace('|', "\\|");
    let mut text = format!("| {} |\n|---|{}\n", head.join(" | "), "---:|".repeat(head.len() - 1));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let rows = [["µs".to_owned(), "1".to_owned()], ["longer".to_owned(), "1,000".to_owned()]];
        assert_eq!(aligned(&rows), "  µs          1\n  longer  1,000\n");
    }

    #[test]
    fn markdown_escapes_its_own_sign() {
        let table = markdown(&["what", "how much"], &[vec!["a|b".into(), "1".into()]]);
        assert_eq!(table, "| what | how much |\n|---|---:|\n| a\\|b | 1 |\n");
    }
}
