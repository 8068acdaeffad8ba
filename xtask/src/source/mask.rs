//! Takes out what is not code.

/// Replaces comments and literals by spaces. Line breaks stay, and with them the line numbers.
pub(super) fn mask(text: &str) -> String {
    let mut masked = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let mut in_word = false;
    while let Some(&first) = rest.first() {
        let hidden = comment(rest).or_else(|| literal(rest, in_word)).unwrap_or(0).min(rest.len());
        if hidden == 0 {
            masked.push(first);
            rest = &rest[1..];
        } else {
            masked.extend(rest[..hidden].iter().map(|&byte| if byte == b'\n' { byte } else { b' ' }));
            rest = &rest[hidden..];
        }
        in_word = hidden == 0 && (first.is_ascii_alphanumeric() || first == b'_');
    }
    String::from_utf8_lossy(&masked).into_owned()
}

/// The length of the comment that begins here, if one does.
fn comment(rest: &[u8]) -> Option<usize> {
    if rest.starts_with(b"//") {
        return Some(rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len()));
    }
    rest.starts_with(b"/*").then(|| block_comment(rest))
}

/// Block comments nest.
fn block_comment(rest: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < rest.len() {
        let pair = &rest[at..];
        match pair {
            [b'/', b'*', ..] => depth += 1,
            [b'*', b'/', ..] => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of the text or character that begins here, if one does. Inside a word no raw text can begin.
fn literal(rest: &[u8], in_word: bool) -> Option<usize> {
    match rest {
        [b'"', ..] => Some(quoted(rest)),
        [b'\'', ..] => character(rest),
        [b'r', ..] if !in_word => raw(rest, 1),
        [b'b' | b'c', b'r', ..] if !in_word => raw(rest, 2),
        _ => None,
    }
}

fn quoted(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != b'"' {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

/// A quote opens a character if it closes behind one; otherwise it names a lifetime.
fn character(rest: &[u8]) -> Option<usize> {
    let end = match rest.get(1)? {
        b'\\' => 3 + rest.get(3..)?.iter().position(|&byte| byte == b'\'')?,
        0x00..0x80 => 2,
        0x80..0xE0 => 3,
        0xE0..0xF0 => 4,
        0xF0.. => 5,
    };
    (rest.get(end) == Some(&b'\'')).then_some(end + 1)
}

/// `r`, some `#`, a quote; it ends at a quote with as many `#`.
fn raw(rest: &[u8], prefix: usize) -> Option<usize> {
    let hashes = rest[prefix..].iter().take_while(|&&byte| byte == b'#').count();
    let open = prefix + hashes;
    if rest.get(open) != Some(&b'"') {
        return None;
    }
    let mut end = vec![b'"'];
    end.resize(1 + hashes, b'#');
    let inside = rest[open + 1..].windows(end.len()).position(|window| window == end);
    Some(inside.map_or(rest.len(), |inside| open + 1 + inside + end.len()))
}

#[cfg(test)]
mod tests {
    use super::mask;

    fn words(text: &str) -> Vec<String> {
        mask(text).split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn comments_vanish_and_lines_stay() {
        assert_eq!(mask("a // b\nc"), "a     \nc");
        assert_eq!(words("a /* b /* c */ d */ e"), ["a", "e"]);
        assert_eq!(mask("/* one\ntwo */ x").lines().count(), 2);
    }

    #[test]
    fn literals_vanish() {
        assert_eq!(words(r#"a "b \" // c" d"#), ["a", "d"]);
        assert_eq!(words(r##"a r#"b " c"# d"##), ["a", "d"]);
        assert_eq!(words(r##"a br#"b"# cr"c" d"##), ["a", "d"]);
        assert_eq!(words(r"'{' a '\'' b '\u{7d}' c 'é' d '…'"), ["a", "b", "c", "d"]);
    }

    #[test]
    fn lifetimes_and_raw_names_stay() {
        assert_eq!(words("<'a,'b> r#type x"), ["<'a,'b>", "r#type", "x"]);
        assert_eq!(words(r#"matches_for"text" x"#), ["matches_for", "x"]);
    }

    #[test]
    fn what_never_closes_hides_the_rest() {
        assert_eq!(words("a /* b"), ["a"]);
        assert_eq!(words("a \"b \\"), ["a"]);
        assert_eq!(words("a r#\"b"), ["a"]);
    }
}
