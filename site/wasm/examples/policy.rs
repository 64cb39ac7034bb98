//! Prints the policy that a report has in it, for the page around it.

fn main() {
    let question = br#"{"ask":"diff","old":{"builtin":"default"},"new":{"builtin":"default"}}"#;
    let answer: serde_json::Value =
        serde_json::from_str(&sdiff_site::answered(question)).unwrap_or_default();
    let html = answer["html"].as_str().unwrap_or_default();
    let policy = html.split("http-equiv=\"Content-Security-Policy\" content=\"").nth(1);
    println!(
        "{}",
        policy.and_then(|rest| rest.split('"').next()).unwrap_or_default().replace("&#39;", "'")
    );
}
