use super::{breaches, dependencies, members};

fn names(manifest: &str) -> Vec<String> {
    dependencies(manifest).into_iter().map(|(_, name)| name).collect()
}

#[test]
fn members_are_read() {
    let manifest = "[workspace]\nmembers = [\n    \"dlq-core\",\n    \"dlq\",\n]\nexclude = [\"fuzz\"]\n";
    assert_eq!(members(manifest), ["dlq-core", "dlq"]);
    assert_eq!(members("members = [\"a\", \"b\"]\n"), ["a", "b"]);
}

#[test]
fn only_normal_dependencies_count() {
    let manifest = "[package]\nname = \"x\"\n[dependencies]\na.workspace = true\nb = { version = \"1\" }\n\
                    [dependencies.c]\n[target.'cfg(unix)'.dependencies]\nd = \"1\"\n\
                    [dev-dependencies]\ne = \"1\"\n[build-dependencies]\nf = \"1\"\n[features]\ng = []\n";
    assert_eq!(names(manifest), ["a", "b", "c", "d"]);
}

#[test]
fn a_new_name_hides_nothing() {
    assert_eq!(
        names("[dependencies]\ncore = { package = \"dlq-core\", path = \"../dlq-core\" }"),
        ["dlq-core"]
    );
}

#[test]
fn nothing_points_up() {
    let members = ["dlq-core", "dlq-kafka", "dlq-storage-sql", "dlq"].map(str::to_owned);
    let found = breaches(
        "dlq-kafka",
        "[dependencies]\ndlq-core.workspace = true\ndlq-storage-sql = \"1\"\n",
        &members,
    );
    let expected = "dlq-kafka/Cargo.toml:3: dlq-kafka depends on dlq-storage-sql; it may depend on dlq-core";
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
    let all = "[dependencies]\ndlq-core.workspace = true\ndlq-storage-sql.workspace = true\ndlq-kafka.workspace = true\n";
    assert_eq!(breaches("dlq", all, &members), []);
}

#[test]
fn a_crate_without_a_row_is_told() {
    assert_eq!(breaches("dlq-new", "", &[])[0].wrong, "dlq-new is not in the table of crates");
}
