//! Two texts side by side.

/// How wide each of the two is, whatever the terminal: the same answer is the same text
/// everywhere.
const COLUMN: usize = 72;

/// Puts two texts beside each other, with a bar between them. Lines that are too long go on, set in,
/// on the next one.
pub fn columns(left: &str, right: &str) -> String {
    let (left, right) = (folded(left), folded(right));
    let mut out = String::new();
    for at in 0..left.len().max(right.len()) {
        let side = |lines: &[String]| lines.get(at).cloned().unwrap_or_default();
        let (left, right) = (side(&left), side(&right));
        let gap = " ".repeat(COLUMN.saturating_sub(left.chars().count()));
        let line = format!("{left}{gap} │ {right}");
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn folded(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len() + 2;
        let mut rest: Vec<char> = line.chars().collect();
        while rest.len() > COLUMN {
            // At a space behind the indent, or where the column ends.
            let space = rest[..=COLUMN].iter().rposition(|c| *c == ' ');
            let cut = space.filter(|cut| *cut > indent).unwrap_or(COLUMN);
            let tail: Vec<char> = rest.split_off(cut);
            lines.push(rest.iter().collect::<String>().trim_end().to_owned());
            rest = " ".repeat(indent.min(COLUMN / 2)).chars().collect();
            rest.extend(tail.into_iter().skip_while(|c| *c == ' '));
        }
        lines.push(rest.into_iter().collect());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::columns;

    #[test]
    fn two_texts_stand_beside_each_other() {
        assert_eq!(
            columns("a\nb\n", "c\n"),
            format!("a{} │ c\nb{} │\n", " ".repeat(71), " ".repeat(71))
        );
        let long = format!("  {}", "word ".repeat(20));
        let text = columns(&long, "x");
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.lines().nth(1).unwrap().starts_with("    word"), "{text}");
        assert!(columns(&"y".repeat(200), "").lines().all(|line| line.chars().count() <= 74));
    }
}
