//! How soon a password is guessed. The estimator tries every reading of `4@8({[<` as letters, a thousand of them for
//! a password of such signs: as much work as a hash, for whoever asks. Here there are two dozen at most.

use zxcvbn::{Score, zxcvbn};

/// Readings of one estimate at most: those of digits alone are under it.
const READINGS: usize = 24;
/// For which letter a sign may stand, as the estimator has it.
const SIGNS: [(char, &str); 12] = [
    ('a', "4@"),
    ('b', "8"),
    ('c', "({[<"),
    ('e', "3"),
    ('g', "69"),
    ('i', "1!|"),
    ('l', "1|7"),
    ('o', "0"),
    ('s', "$5"),
    ('t', "+7"),
    ('x', "%"),
    ('z', "2"),
];

/// The lowest score of any reading. One with many signs that are no digits is read three times: with each of them as
/// a letter, as the other letter that it may be, and as something that is in no word.
pub(crate) fn score(password: &str, own: &[&str]) -> Score {
    if readings(password) <= READINGS {
        return zxcvbn(password, own).score();
    }
    let first = |c| letter(c, SIGNS.iter());
    let last = |c| letter(c, SIGNS.iter().rev());
    let none = |c| if is_sign(c) { in_no_word(c) } else { c };
    let read = [&first as &dyn Fn(char) -> char, &last, &none];
    let scores = read.map(|read| {
        let read = |text: &str| text.chars().map(read).collect::<String>();
        let own: Vec<String> = own.iter().map(|name| read(name)).collect();
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        zxcvbn(&read(password), &own).score()
    });
    scores.into_iter().min().unwrap_or(Score::Zero)
}

/// How many readings the estimator tries: every choice of one sign for each letter. A sign that may be two letters
/// doubles them.
fn readings(password: &str) -> usize {
    let present = |signs: &str| {
        signs
            .chars()
            .filter(|sign| password.contains(*sign))
            .count()
    };
    let choices = SIGNS.iter().map(|(_, signs)| present(signs).max(1));
    let doubled = ["1", "7", "|"].map(|sign| 1 + present(sign));
    choices.chain(doubled).product()
}

fn is_sign(c: char) -> bool {
    !c.is_ascii_digit() && SIGNS.iter().any(|(_, signs)| signs.contains(c))
}

fn letter<'a>(c: char, mut signs: impl Iterator<Item = &'a (char, &'a str)>) -> char {
    let found = signs.find(|(_, signs)| is_sign(c) && signs.contains(c));
    found.map_or(c, |(letter, _)| *letter)
}

/// Of a private area, and no two signs as far apart as the next two: that would be a sequence.
fn in_no_word(sign: char) -> char {
    let code = u32::from(sign);
    char::from_u32(0xe000 + code * code % 5_987).unwrap_or('\u{e000}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimators_readings_are_counted_before_they_are_made() {
        assert_eq!(readings("plum blossoms at the gate"), 1);
        assert_eq!(readings("p@ssw0rd!"), 1);
        assert!(readings("0123456789") <= READINGS, "digits are left to it");
        assert!(readings("!@#$%^&*()_+ 24680") <= READINGS);
        assert!(readings("4@8({[<369&#!1|0$5+7%2") > 500);
    }

    #[test]
    fn what_is_guessed_soon_is_told_however_many_signs_there_are() {
        for guessable in [
            "4@4@4@4@({[<69",
            "(((({{{{[[[[<<<<4@69$5",
            "p@$$w0rd",
            "4@({[<4@({[<4@({[<",
        ] {
            let here = score(guessable, &[]);
            let whole = zxcvbn(guessable, &[]).score();
            assert!(here <= whole, "{guessable}: {here:?}, not {whole:?}");
        }
        // A word in signs that are read in more than one way, among those that make the readings many.
        for word in ["p@$$word", "+iger|ily", "|oveme"] {
            let many = format!("{word}({{[<4@69$5");
            let alone = zxcvbn(word, &[]).score();
            assert!(alone <= Score::One, "{word}: {alone:?}");
            assert!(readings(&many) > READINGS);
        }
        let own = "hanako({[<4@69$5+7";
        assert!(score(own, &[own]) < Score::Two, "the user's own name");
    }

    #[test]
    fn a_good_password_is_one_with_signs_as_well() {
        for good in [
            "4@8({[<369&#!1|0$5+7%2zxZ",
            "correct{horse}[battery]<staple>(4@69$5)",
            "x9#k{[2<w4@Lq(6+t5$",
        ] {
            assert!(readings(good) > READINGS, "{good}");
            assert!(score(good, &[]) >= Score::Three, "{good}");
        }
    }
}
