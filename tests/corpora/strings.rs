//! The lists, as bytes.

use std::{env, fs, path::PathBuf};

use serde_json::Value;

/// A list, and what it is called in the table.
pub(crate) struct Corpus {
    pub(crate) name: &'static str,
    pub(crate) strings: Vec<Vec<u8>>,
}

/// One of each kind, for every run.
pub(crate) fn handful() -> [Corpus; 1] {
    let strings: [&[u8]; 10] = [
        b"'\"><script>alert(1)</script>",
        b"{\"$ne\":null}",
        b"//evil.example/%2f..",
        b"https://evil.example\\@localhost/",
        b"/x\r\nSet-Cookie: tegata=planted",
        b"%0d%0aLocation:%20https://evil.example",
        "\u{202e}\u{200b}ｈａｎａｋｏ\u{301}".as_bytes(),
        b"\x00\xff\xfe",
        b"${jndi:ldap://evil.example/a}{{7*7}}%s%n",
        b"trt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ];
    let strings = strings.map(<[u8]>::to_vec).into();
    [Corpus {
        name: "handful",
        strings,
    }]
}

fn read(name: &str) -> Vec<u8> {
    let folder = env::var_os("CORPORA");
    let folder =
        folder.unwrap_or_else(|| panic!("CORPORA should name the folder of the public lists"));
    let place = PathBuf::from(folder).join(name);
    fs::read(&place).unwrap_or_else(|cause| panic!("{name}: {cause}"))
}

fn lines(name: &'static str, files: &[&str]) -> Corpus {
    let read = |file: &&str| {
        let lines = read(file);
        let lines = lines
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        lines.map(<[u8]>::to_vec).collect::<Vec<_>>()
    };
    let strings: Vec<_> = files.iter().flat_map(read).collect();
    assert!(!strings.is_empty(), "{name}");
    Corpus { name, strings }
}

/// Those that are tried in every input.
pub(crate) fn public() -> Vec<Corpus> {
    let blns: Vec<String> = serde_json::from_slice(&read("blns/blns.json")).unwrap();
    let blns = blns.into_iter().map(String::into_bytes).collect();
    vec![
        Corpus {
            name: "blns",
            strings: blns,
        },
        lines(
            "nosql",
            &["payloads/nosql.txt", "payloads/nosql-mongodb.txt"],
        ),
        lines(
            "redirects",
            &[
                "payloads/open-redirects.txt",
                "payloads/open-redirect-payloads.txt",
            ],
        ),
        lines("crlf", &["payloads/crlf.txt"]),
    ]
}

/// Files that probe parsers.
pub(crate) fn json_suite() -> Corpus {
    let folder =
        PathBuf::from(env::var_os("CORPORA").unwrap()).join("json-test-suite/test_parsing");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files
        .filter(|file| file.extension().is_some_and(|end| end == "json"))
        .collect();
    files.sort();
    let strings: Vec<_> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    assert_eq!(strings.len(), 318);
    Corpus {
        name: "json-test-suite",
        strings,
    }
}

/// Every text with dots in the vectors of Wycheproof and of the cookbook: tokens, good and bad, of keys that are not ours.
pub(crate) fn signed() -> Corpus {
    let mut strings = Vec::new();
    let wycheproof = [
        "json_web_signature_test",
        "json_web_key_test",
        "json_web_crypto_test",
        "json_web_encryption_test",
    ];
    let wycheproof = wycheproof.map(|name| format!("wycheproof/{name}.json"));
    let cookbook = [
        "4_1.rsa_v15_signature",
        "4_2.rsa-pss_signature",
        "4_3.ecdsa_signature",
        "4_4.hmac-sha2_integrity_protection",
    ];
    let cookbook = cookbook.map(|name| format!("jose-cookbook/jws/{name}.json"));
    for file in wycheproof.iter().chain(&cookbook) {
        collect(&serde_json::from_slice(&read(file)).unwrap(), &mut strings);
    }
    strings.sort();
    strings.dedup();
    assert!(strings.len() > 300, "{}", strings.len());
    Corpus {
        name: "wycheproof, cookbook",
        strings,
    }
}

fn collect(value: &Value, into: &mut Vec<Vec<u8>>) {
    match value {
        Value::String(text) if text.matches('.').count() >= 2 => {
            into.push(text.clone().into_bytes());
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        Value::Object(members) => members.values().for_each(|item| collect(item, into)),
        _ => {}
    }
}

/// Every so manieth of the published secrets.
pub(crate) fn secrets(step: usize) -> Corpus {
    let all = lines("jwt-secrets", &["jwt-secrets/jwt.secrets.list"]);
    // Its lines end as on Windows; with that at its end no secret is taken.
    let bare = |mut line: Vec<u8>| {
        line.pop_if(|last| *last == b'\r');
        line
    };
    let strings = all.strings.into_iter().step_by(step).map(bare).collect();
    Corpus { strings, ..all }
}

pub(crate) fn passwords() -> [Corpus; 2] {
    [
        lines("top-3000-min8", &["passwords/top-3000-min8.txt"]),
        lines("zxcvbn-top-10000", &["passwords/zxcvbn-top-10000.txt"]),
    ]
}
