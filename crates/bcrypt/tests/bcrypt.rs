//! Every result against another implementation, and against what others have published.

use proptest::prelude::*;
use tegata_bcrypt::{BadHash, Digest, Hash, LANES, Lanes, Salt, Work};

/// Openwall's `wrapper.c` of crypt_blowfish, the mindrot jBCrypt suite, and Python's bcrypt.
const PUBLISHED: [(&str, &str); 17] = [
    (
        "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "U*U",
    ),
    (
        "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK",
        "U*U*",
    ),
    (
        "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a",
        "U*U*U",
    ),
    (
        "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy",
        "",
    ),
    (
        "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored",
    ),
    (
        "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.",
        "",
    ),
    (
        "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe",
        "a",
    ),
    (
        "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
        "abc",
    ),
    (
        "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC",
        "abcdefghijklmnopqrstuvwxyz",
    ),
    (
        "$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO",
        "~!@#$%^&*()      ~!@#$%^&*()PNBFRD",
    ),
    (
        "$2a$08$HqWuK6/Ng6sg9gQzbLrgb.Tl.ZHfXLhvt/SgVyWhQqgqcZ7ZuUtye",
        "",
    ),
    (
        "$2a$08$cfcvVd2aQ8CMvoMpP2EBfeodLEkkFJ9umNEfPD18.hUF62qqlC/V.",
        "a",
    ),
    (
        "$2a$08$Ro0CUfOqk6cXEKf3dyaM7OhSCvnwM9s4wIX9JeLapehKK5YdLxKcm",
        "abc",
    ),
    (
        "$2b$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm",
        "Kk4DQuMMfZL9o",
    ),
    (
        "$2b$04$pQ7gRO7e6wx/936oXhNjrOUNOHL1D0h1N2IDbJZYs.1ppzSof6SPy",
        "9IeRXmnGxMYbs",
    ),
    (
        "$2b$04$SQe9knOzepOVKoYXo9xTteNYr6MBwVz4tpriJVe3PNgYufGIsgKcW",
        "xVQVbwa1S0M8r",
    ),
    (
        "$2b$04$eH8zX.q5Q.j2hO1NkVYJQOM6KxntS/ow3.YzVmFrE4t//CoF4fvne",
        "Zfgr26LWd22Za",
    ),
];

#[test]
fn a_start_finds_that_both_agree() {
    assert!(tegata_bcrypt::agrees());
}

#[test]
fn what_others_have_published_is_what_comes_out() {
    for (text, password) in PUBLISHED {
        let hash = Hash::parse(text).unwrap();
        let again = Hash::of(password.as_bytes(), hash.cost, hash.salt);
        assert_eq!(again.to_string()[4..], text[4..], "{password:?}");
        assert!(hash.is(&again.digest), "{password:?}");
        let other = Hash::of(b"another", hash.cost, hash.salt);
        assert!(!hash.is(&other.digest), "{password:?}");
    }
}

/// By the crate `bcrypt`.
fn reference(password: &[u8], cost: u32, salt: Salt) -> String {
    bcrypt::hash_with_salt(password, cost, salt)
        .map_or_else(|e| e.to_string(), |hash| hash.to_string())
}

fn password() -> impl Strategy<Value = Vec<u8>> {
    // Any bytes, NUL among them; many at the edge of what bcrypt reads.
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..100),
        prop::collection::vec(any::<u8>(), 70..75),
        prop::collection::vec(
            prop::sample::select(vec![0, 1, b'x', 0x7f, 0x80, 0xff]),
            0..80
        ),
    ]
}

fn salt() -> impl Strategy<Value = Salt> {
    prop_oneof![any::<Salt>(), Just([0; 16]), Just([0xff; 16])]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn alone_it_is_what_another_implementation_says(
        password in password(), salt in salt(), cost in 4_u32..7,
    ) {
        let ours = Hash::of(&password, cost, salt);
        prop_assert_eq!(ours.to_string(), reference(&password, cost, salt));
        prop_assert_eq!(Hash::parse(&ours.to_string()), Ok(ours));
    }

    /// Hashes of several costs come and go while others are half done, and some are given up.
    #[test]
    fn in_step_each_is_what_it_would_be_alone(
        jobs in prop::collection::vec((password(), salt(), 4_u32..6, prop::bool::weighted(0.1)), 1..6),
        chunk in 1_u64..40,
    ) {
        let mut lanes = Lanes::new();
        let mut waiting = jobs.iter().enumerate();
        let mut digests: Vec<Option<Digest>> = vec![None; jobs.len()];
        loop {
            while lanes.busy() < LANES
                && let Some((nth, (password, salt, cost, _))) = waiting.next()
            {
                let work = Work::new(password, *salt, Hash::rounds(*cost));
                lanes.begin(&work, nth).unwrap();
            }
            if lanes.busy() == 0 {
                break;
            }
            lanes.advance(chunk);
            while let Some((nth, digest)) = lanes.finished() {
                digests[nth] = Some(digest);
            }
            lanes.retain(|nth| !jobs[*nth].3);
        }
        for ((password, salt, cost, unwanted), digest) in jobs.iter().zip(digests) {
            let expected = Hash::parse(&reference(password, *cost, *salt)).unwrap();
            if let Some(digest) = digest {
                prop_assert_eq!(digest, expected.digest);
            } else {
                prop_assert!(unwanted);
            }
        }
    }

    #[test]
    fn whatever_is_read_is_read_as_another_implementation_does(
        text in prop_oneof![
            "\\$2[abxyz]\\$[0-9]{2}\\$[./A-Za-z0-9]{53}",
            "\\$2b\\$0[0-9]\\$[./A-Za-z0-9]{20}[./A-Za-z0-9=é]{33}",
            "\\PC{0,70}",
        ],
    ) {
        let theirs = text.parse::<bcrypt::HashParts>().ok();
        let theirs = theirs.filter(|hash| (4..=31).contains(&hash.get_cost()));
        let ours = Hash::parse(&text).ok();
        prop_assert_eq!(ours.map(|hash| hash.to_string()), theirs.map(|hash| hash.to_string()));
    }
}

#[test]
fn what_is_no_hash_is_refused() {
    let good = PUBLISHED[0].0;
    for bad in [
        "",
        "$2b$",
        "$2b$04$",
        &good[..59],
        &format!("{good}."),
        &good.replace("$05$", "$03$"),
        &good.replace("$05$", "$32$"),
        &good.replace("$05$", "$+5$"),
        &good.replace("$05$", "$005$"),
        &good.replace("$2a$", "$2c$"),
        &good.replace('E', "関"),
    ] {
        assert_eq!(Hash::parse(bad).err(), Some(BadHash), "{bad}");
    }
}

#[test]
fn a_lane_too_many_is_refused_and_the_others_go_on() {
    let mut lanes = Lanes::new();
    let work = Work::new(b"x", [7; 16], 16);
    for nth in 0..LANES {
        assert_eq!(lanes.begin(&work, nth), Ok(()));
    }
    assert_eq!(lanes.begin(&work, LANES), Err(LANES));
    assert_eq!(lanes.advance(u64::MAX), 16);
    let expected = Hash::of(b"x", 4, [7; 16]).digest;
    for _ in 0..LANES {
        assert_eq!(lanes.finished().map(|(_, digest)| digest), Some(expected));
    }
    assert_eq!((lanes.finished(), lanes.busy()), (None, 0));
}
