//! What a PromQL expression asks for. It need not judge the grammar, which promtool does; it finds the names.

use std::{collections::BTreeSet, iter::Peekable, str::Chars};

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Names {
    pub metrics: BTreeSet<String>,
    pub labels: BTreeSet<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Symbol(char),
}

/// Operators and modifiers that are words, and are no names.
const KEYWORDS: [&str; 5] = ["and", "or", "unless", "bool", "offset"];
/// They are followed by labels in parentheses.
const GROUPINGS: [&str; 6] = [
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
];

pub fn names(expression: &str) -> Names {
    let tokens = tokens(expression);
    let mut names = Names::default();
    let (mut in_matchers, mut in_grouping) = (false, false);
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Symbol('{') => in_matchers = true,
            Token::Symbol('}') => in_matchers = false,
            Token::Symbol(')') => in_grouping = false,
            Token::Symbol(_) => {}
            // `group_left` may stand alone.
            Token::Word(word) if GROUPINGS.contains(&word.as_str()) => {
                in_grouping = tokens.get(index + 1) == Some(&Token::Symbol('('));
            }
            Token::Word(word) if in_matchers || in_grouping => {
                names.labels.insert(word.clone());
            }
            Token::Word(word) if KEYWORDS.contains(&word.as_str()) => {}
            Token::Word(word) => {
                if !is_called(&tokens[index + 1..]) {
                    names.metrics.insert(word.clone());
                }
            }
        }
    }
    names
}

/// A function, or an aggregation, with its grouping before or behind the operand.
fn is_called(rest: &[Token]) -> bool {
    match rest.first() {
        Some(Token::Symbol('(')) => true,
        Some(Token::Word(word)) => ["by", "without"].contains(&word.as_str()),
        _ => false,
    }
}

fn tokens(expression: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = expression.chars().peekable();
    while let Some(&next) = rest.peek() {
        match next {
            '"' | '\'' | '`' => skip_text(&mut rest),
            '[' => while rest.next().is_some_and(|c| c != ']') {},
            // A dashboard's variable, or a number or a duration.
            '$' | '0'..='9' => {
                rest.next();
                word(&mut rest);
            }
            c if is_of_name(c) => tokens.push(Token::Word(word(&mut rest))),
            c => {
                rest.next();
                if !c.is_whitespace() {
                    tokens.push(Token::Symbol(c));
                }
            }
        }
    }
    tokens
}

fn skip_text(rest: &mut Peekable<Chars<'_>>) {
    let quote = rest.next();
    while let Some(c) = rest.next() {
        if c == '\\' {
            rest.next();
        } else if Some(c) == quote {
            return;
        }
    }
}

fn word(rest: &mut Peekable<Chars<'_>>) -> String {
    let mut word = String::new();
    while let Some(c) = rest.next_if(|c| is_of_name(*c)) {
        word.push(c);
    }
    word
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(expression: &str) -> (Vec<String>, Vec<String>) {
        let names = names(expression);
        (
            names.metrics.into_iter().collect(),
            names.labels.into_iter().collect(),
        )
    }

    #[test]
    fn metrics_and_labels_are_told_from_everything_else() {
        let expression = r#"histogram_quantile(0.9, sum by (le, a) (rate(x_bucket{b=~"y \" {z}", c!="$v"}[$__rate_interval]))) > 5
            or sum(y_total offset 5m) without (d) / on (e) group_left vector(0)"#;
        let (metrics, labels) = found(expression);
        assert_eq!(metrics, ["x_bucket", "y_total"]);
        assert_eq!(labels, ["a", "b", "c", "d", "e", "le"]);
    }

    #[test]
    fn broken_expressions_have_an_end() {
        for expression in ["\"open", "{", "a[", "sum by (", "'\\", "$", "é{"] {
            let _ = found(expression);
        }
    }
}
