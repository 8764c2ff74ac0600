//! The cookies of the pages, as they set them and as they arrive through whatever stands in front, against
//! `PUBLIC_URL`.

use reqwest::{
    Client, Response, StatusCode,
    header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE},
};
use tegata_frontend::config::PublicUrl;

use super::report::Report;
use crate::commands::asking::reason;

/// Of no session: the pages take such a cookie back, and write it as they write a real one.
const STALE: &str = "tegata=x; __Host-tegata=x; __Secure-tegata=x";
const NAMES: [&str; 3] = ["tegata", "__Host-tegata", "__Secure-tegata"];

pub(super) async fn judge(
    report: &mut Report,
    http: &Client,
    public: Option<&(String, PublicUrl)>,
    direct: Option<&str>,
) {
    if let Some(at) = direct {
        match ask(http, at).await {
            Ok(cookies) => judge_direct(report, public, &cookies),
            Err(why) => report.warn(
                "cookies",
                format!("the login page cannot be fetched: {why}"),
                "see the log of the pages",
            ),
        }
    }
    match public {
        None => report.skip(
            "public",
            "PUBLIC_URL is not set: the pages are for browsers on this machine",
        ),
        Some((url, of)) => match ask(http, url).await {
            Err(why) => report.skip(
                "public",
                format!("{url} cannot be reached from here ({why})"),
            ),
            Ok(cookies) => {
                judge_through(report, (url, of), &cookies);
                judge_host(report, http, url).await;
            }
        },
    }
}

/// The session cookies that the login page takes back, one a line.
async fn ask(http: &Client, at: &str) -> Result<Vec<String>, String> {
    let request = http.get(format!("{at}/login")).header(COOKIE, STALE);
    let answer = request.send().await.map_err(reason)?;
    if answer.status() != StatusCode::OK {
        return Err(format!("/login answered {}", answer.status()));
    }
    Ok(session_cookies(&answer))
}

fn session_cookies(answer: &Response) -> Vec<String> {
    let all = answer.headers().get_all(SET_COOKIE).iter();
    let texts = all.filter_map(|value| value.to_str().ok().map(str::to_owned));
    let is_ours = |text: &String| {
        text.split_once('=')
            .is_some_and(|(name, _)| NAMES.contains(&name))
    };
    texts.filter(is_ours).collect()
}

fn has(cookie: &str, attribute: &str) -> bool {
    cookie
        .split(';')
        .skip(1)
        .any(|one| one.trim().eq_ignore_ascii_case(attribute))
}

fn judge_direct(report: &mut Report, public: Option<&(String, PublicUrl)>, cookies: &[String]) {
    let wanted = public.is_some_and(|(_, url)| url.is_secure());
    let Some(cookie) = cookies.first() else {
        report.warn(
            "cookies",
            "the pages show no session cookie to judge",
            "are they of the same version?",
        );
        return;
    };
    let scheme = if wanted { "https" } else { "http" };
    if has(cookie, "Secure") == wanted {
        let name = cookie.split('=').next().unwrap_or_default();
        report.ok("cookies", format!("{name} fits PUBLIC_URL ({scheme})"));
    } else {
        report.fail(
            "cookies",
            format!("PUBLIC_URL is {scheme} here, and the pages that run set their cookies for the other"),
            "start them with the same PUBLIC_URL",
        );
    }
}

fn judge_through(report: &mut Report, (url, of): (&str, &PublicUrl), cookies: &[String]) {
    let advice = "let the proxy pass on Cookie and Set-Cookie as they are";
    let Some(cookie) = cookies.first() else {
        report.fail(
            "public",
            format!("{url} shows the login page, and the cookies are lost on the way"),
            advice,
        );
        return;
    };
    let mut lost: Vec<&str> = ["HttpOnly", "SameSite=Lax", "Path=/"]
        .into_iter()
        .filter(|attribute| !has(cookie, attribute))
        .collect();
    if of.is_secure() && !has(cookie, "Secure") {
        lost.push("Secure");
    }
    if lost.is_empty() {
        report.ok(
            "public",
            format!("{url} shows the login page, and its cookies arrive as they should"),
        );
    } else {
        report.fail(
            "public",
            format!("cookies arrive through {url} without {}", lost.join(", ")),
            advice,
        );
    }
}

/// As an older browser sends a form, without `Sec-Fetch-Site`: then the host has to be the one of the origin.
async fn judge_host(report: &mut Report, http: &Client, url: &str) {
    let request = http
        .post(format!("{url}/language"))
        .header(ORIGIN, url)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body("lang=en&next=%2Flogin");
    match request.send().await.map(|answer| answer.status()) {
        Ok(StatusCode::FORBIDDEN) => report.fail(
            "proxy",
            format!(
                "forms sent to {url} by older browsers count as cross-site: the proxy changes Host"
            ),
            "let it pass on Host as the browser sent it (nginx: proxy_set_header Host $http_host;)",
        ),
        Ok(StatusCode::SEE_OTHER) => report.ok("proxy", "Host arrives as the browser sent it"),
        Ok(status) => report.warn(
            "proxy",
            format!("a form sent to {url} is answered {status}"),
            "does the proxy pass on POST?",
        ),
        Err(cause) => report.skip(
            "proxy",
            format!("a form could not be sent to {url} ({})", reason(cause)),
        ),
    }
}
