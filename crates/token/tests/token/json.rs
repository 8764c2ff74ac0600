//! One object without ambiguity, and an error that points without quoting.

use tegata_token::json::parse_object;

#[test]
fn an_object_is_read_with_all_its_kinds_of_values() {
    let text = r#" {"a":null,"b":[true,1,-1,1.5,18446744073709551615],"c":{"d":"é\n\u00e9"}} "#;
    let members = parse_object(text.as_bytes()).unwrap();
    let plain: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::Value::Object(members), plain);
    assert!(parse_object(b"{}").unwrap().is_empty());
}

#[test]
fn a_refusal_says_where_and_what() {
    let cases: [(&[u8], &str, usize, usize); 9] = [
        (b"", "unexpected end", 1, 0),
        (b"{\"a\":", "unexpected end", 1, 5),
        (b"[]", "not an object", 1, 1),
        (b"{}\n{}", "more than one value", 2, 1),
        (b"{\"a\":x}", "syntax error", 1, 6),
        (b"{\"a\":1e999}", "a number too large", 1, 10),
        (b"{\"a\":1,\n\"a\":2}", "a member is named twice", 2, 3),
        (b"{\"a\":\"\xff\"}", "invalid UTF-8", 0, 0),
        (b"\xef\xbb\xbf{}", "syntax error", 1, 1),
    ];
    for (bytes, what, line, column) in cases {
        let error = parse_object(bytes).unwrap_err();
        let found = (error.what, error.line, error.column);
        assert_eq!(found, (what, line, column), "{}", bytes.escape_ascii());
    }
}

#[test]
fn a_refusal_never_quotes_the_document() {
    for text in [
        r#"{"hunter2":x}"#,
        r#"{"hunter2":1,"hunter2":2}"#,
        r#"{"a":hunter2}"#,
        r#""hunter2""#,
    ] {
        let error = parse_object(text.as_bytes()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}

#[test]
fn nesting_has_a_limit_in_lists_and_objects() {
    let lists = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    let objects = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    assert!(parse_object(lists(126).as_bytes()).is_ok());
    assert!(parse_object(objects(127).as_bytes()).is_ok());
    for text in [lists(127), objects(128), lists(100_000), objects(100_000)] {
        assert_eq!(
            parse_object(text.as_bytes()).unwrap_err().what,
            "nested too deep"
        );
    }
}
