//! Words and signs, each with its line.

/// A word, `::`, or any other single sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    /// Counted from 1.
    pub(crate) line: usize,
}

impl Token {
    pub(crate) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    pub(crate) fn is_word(&self) -> bool {
        self.text.chars().next().is_some_and(in_word)
    }
}

pub(super) fn tokens(masked: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (index, text) in masked.lines().enumerate() {
        let mut before = ' ';
        for sign in text.chars() {
            match tokens.last_mut() {
                Some(last) if in_word(sign) && in_word(before) => last.text.push(sign),
                Some(last) if sign == ':' && before == ':' && last.is(":") => last.text.push(sign),
                _ if sign.is_whitespace() => {}
                _ => tokens.push(Token { text: sign.to_string(), line: index + 1 }),
            }
            before = sign;
        }
    }
    tokens
}

fn in_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn words_signs_and_lines() {
        let found = tokens("use a::b_1;\nx: &y");
        let texts: Vec<&str> = found.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(texts, ["use", "a", "::", "b_1", ";", "x", ":", "&", "y"]);
        assert_eq!(found[5].line, 2);
        assert_eq!(tokens("a\nb").len(), 2);
    }
}
