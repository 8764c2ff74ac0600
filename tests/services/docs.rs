//! The code that the documents show is the code of `examples/`, which runs.

use std::fs;

use super::service::examples;

/// The program text of each example, and the language that a document names it by.
const SHOWN: [(&str, &str); 9] = [
    ("flask/app.py", "python"),
    ("fastapi/app.py", "python"),
    ("django/settings.py", "python"),
    ("django/urls.py", "python"),
    ("express/app.js", "js"),
    ("fastify/app.js", "js"),
    ("go/main.go", "go"),
    ("go/keys.go", "go"),
    ("axum/src/main.rs", "rust"),
];

fn block(file: &str, language: &str) -> String {
    let code = fs::read_to_string(examples().join(file)).unwrap();
    format!("```{language}\n{code}```\n")
}

fn document(name: &str) -> String {
    fs::read_to_string(examples().join("..").join(name)).unwrap()
}

#[test]
fn the_page_on_frameworks_shows_every_example_as_it_is_and_no_other_program() {
    let mut rest = document("docs/frameworks.md");
    for (file, language) in SHOWN {
        let block = block(file, language);
        assert!(rest.contains(&block), "not as in {file}");
        rest = rest.replace(&block, "");
    }
    for language in ["python", "js", "go", "rust"] {
        assert!(!rest.contains(&format!("```{language}\n")), "{language}");
    }
}

#[test]
fn the_readmes_show_flask_as_it_is() {
    for name in ["README.md", "README.ja.md"] {
        assert!(
            document(name).contains(&block("flask/app.py", "python")),
            "{name}"
        );
    }
}

#[test]
fn every_example_has_a_readme_that_is_read_in_a_moment() {
    for folder in fs::read_dir(examples()).unwrap() {
        let folder = folder.unwrap().path();
        let readme = fs::read_to_string(folder.join("README.md")).unwrap();
        assert!(readme.lines().count() <= 12, "{}", folder.display());
    }
}
