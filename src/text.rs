//! How numbers, and text that others wrote, are written for people.

use std::borrow::Cow;

/// Text that others wrote, for a line on the terminal: control characters, which could move the cursor or begin another line,
/// become U+FFFD.
pub fn printable(text: &str) -> Cow<'_, str> {
    match text.contains(char::is_control) {
        true => Cow::Owned(text.replace(char::is_control, "\u{fffd}")),
        false => Cow::Borrowed(text),
    }
}

/// Writes a whole number with commas between thousands: `1,204`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[2J\nb\u{9b}c\t\u{7f}"), "a\u{fffd}[2J\u{fffd}b\u{fffd}c\u{fffd}\u{fffd}");
        assert!(matches!(printable("Björk — שלום"), Cow::Borrowed(_)));
    }

    #[test]
    fn thousands_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (847_160, "847,160"), (1_000_000, "1,000,000")]
        {
            assert_eq!(thousands(number), text);
        }
    }
}
