//! Two texts side by side.

use crate::page::Layout;

/// Narrower columns cannot be read.
const LEAST: usize = 48;
/// Wider ones are no easier to read.
const MOST: usize = 72;
const BAR: &str = " │ ";

/// Puts two texts beside each other, with a bar between them, where there is room for both; else one
/// below the other. Lines that are too long go on, set in, on the next one.
pub fn columns(left: &str, right: &str, layout: &Layout) -> String {
    let column = (layout.columns().saturating_sub(BAR.chars().count()) / 2).min(MOST);
    if column < LEAST {
        return format!("{left}\n{right}");
    }
    let (left, right) = (folded(left, column), folded(right, column));
    let mut out = String::new();
    for at in 0..left.len().max(right.len()) {
        let side = |lines: &[String]| lines.get(at).cloned().unwrap_or_default();
        let (left, right) = (side(&left), side(&right));
        let gap = " ".repeat(column.saturating_sub(left.chars().count()));
        let line = format!("{left}{gap}{BAR}{right}");
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn folded(text: &str, column: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len() + 2;
        let mut rest: Vec<char> = line.chars().collect();
        while rest.len() > column {
            // At a space behind the indent, or where the column ends.
            let space = rest[..=column].iter().rposition(|c| *c == ' ');
            let cut = space.filter(|cut| *cut > indent).unwrap_or(column);
            let tail: Vec<char> = rest.split_off(cut);
            lines.push(rest.iter().collect::<String>().trim_end().to_owned());
            rest = " ".repeat(indent.min(column / 2)).chars().collect();
            rest.extend(tail.into_iter().skip_while(|c| *c == ' '));
        }
        lines.push(rest.into_iter().collect());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::columns;
    use crate::page::Layout;

    fn wide(width: usize) -> Layout {
        Layout { width: Some(width), ..Layout::default() }
    }

    #[test]
    fn two_texts_stand_beside_each_other() {
        for (width, column) in [(100, 48), (120, 58), (300, 72)] {
            let gap = " ".repeat(column - 1);
            assert_eq!(columns("a\nb\n", "c\n", &wide(width)), format!("a{gap} │ c\nb{gap} │\n"));
        }
        let long = format!("  {}", "word ".repeat(12));
        let text = columns(&long, "x", &Layout::default());
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.lines().nth(1).unwrap().starts_with("    word"), "{text}");
        let text = columns(&"y".repeat(200), "", &wide(120));
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
    }

    #[test]
    fn or_below_each_other_where_there_is_no_room() {
        assert_eq!(columns("a\nb\n", "c\n", &wide(80)), "a\nb\n\nc\n");
    }
}
