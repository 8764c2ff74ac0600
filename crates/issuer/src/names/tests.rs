use super::*;

#[test]
fn names_that_look_the_same_are_the_same() {
    for other in ["HANAKO", "Ｈａｎａｋｏ", "ｈａｎａｋｏ"] {
        assert_eq!(UsernameKey::of(other), UsernameKey::of("hanako"), "{other}");
    }
    assert_eq!(UsernameKey::of("ﾊﾅｺ"), UsernameKey::of("ハナコ"));
    assert_eq!(UsernameKey::of("straße"), UsernameKey::of("STRASSE"));
    assert_ne!(UsernameKey::of("はなこ"), UsernameKey::of("ハナコ"));
}

#[test]
fn names_of_any_script_are_taken_and_tricks_are_not() {
    for good in [
        "a",
        "hanako",
        "花子",
        "Ｈａｎａｋｏ",
        "o.tanaka+x@example.com",
        "ß7",
        "नमस्ते",
        "ชื่อ",
        "Nguyễn",
        "Nguye\u{302}\u{303}n",
    ] {
        assert!(Username::parse(good).is_ok(), "{good}");
    }
    let long = "a".repeat(65);
    for bad in [
        "",
        " ",
        ".x",
        "a b",
        "a\u{200b}b",
        "a\u{202e}b",
        "a\u{3164}",
        "\u{1160}a",
        "a\u{ffa0}",
        "a\u{34f}b",
        "a\u{fe0f}",
        "葛\u{e0100}城",
        "\u{301}a",
        "\u{93e}a",
        "a\nb",
        "a\0",
        "<b>",
        "a/b",
        &long,
    ] {
        assert_eq!(Username::parse(bad), Err(BadName::Username), "{bad:?}");
    }
}

#[test]
fn an_address_needs_two_halves_and_a_display_name_needs_a_letter() {
    assert!(Email::parse("hanako@example.com").is_ok());
    for bad in [
        "",
        "hanako",
        "@example.com",
        "a b@example.com",
        "a@b\n.com",
        "Hanako <h@example.com>",
        "h@[127.0.0.1]",
    ] {
        assert_eq!(Email::parse(bad), Err(BadName::Email), "{bad:?}");
    }
    assert_eq!(
        DisplayName::parse(" 山田 花子 ").unwrap().as_str(),
        "山田 花子"
    );
    assert!(
        DisplayName::parse("葛\u{e0100}城 薫").is_ok(),
        "the way the family writes it"
    );
    for bad in [
        "  ",
        "\u{200b}\u{3164}",
        "Eve\u{202e}nimda",
        "Eve\u{2028}Admin",
        "Eve\nAdmin",
    ] {
        assert_eq!(
            DisplayName::parse(bad),
            Err(BadName::DisplayName),
            "{bad:?}"
        );
    }
}
