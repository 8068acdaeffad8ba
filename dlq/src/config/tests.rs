use std::time::Duration;

use dlq_core::policy::config::Profile;

use super::*;

/// A file with this text, and these environment variables and flags.
fn load(
    file: &str,
    environment: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> Result<Loaded, Mistakes> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dlq.toml");
    std::fs::write(&path, file).unwrap();
    let environment = environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let flags =
        flags.iter().map(|(key, value)| Flag { key, name: "--flag", value: (*value).to_owned() }).collect();
    Config::load(&Sources { file: Some(path), environment, flags })
}

fn mistakes(file: &str, environment: &[(&str, &str)]) -> Vec<String> {
    let Err(Mistakes(mistakes)) = load(file, environment, &[]) else { return Vec::new() };
    mistakes.iter().map(ToString::to_string).collect()
}

/// That there is exactly one mistake, and that it says all of this.
#[track_caller]
fn explains(file: &str, parts: &[&str]) {
    let mistakes = mistakes(file, &[]);
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    for part in parts {
        assert!(mistakes[0].contains(part), "{part:?} is missing in {}", mistakes[0]);
    }
}

#[track_caller]
fn origin_of(loaded: &Loaded, key: &str) -> String {
    let setting = loaded.settings.iter().find(|setting| setting.key == key);
    setting.expect(key).origin.to_string()
}

#[test]
fn nothing_set_is_the_defaults() {
    let loaded = Config::load(&Sources::default()).unwrap();
    let Config { storage, kafka, capture, dialects, quarantine, redrive, shutdown, server, log } =
        loaded.config;
    assert!(dialects.topics.is_none());
    assert_eq!((storage.url, storage.url_file, storage.pool_size), (None, None, 8));
    assert_eq!(
        (kafka.brokers, kafka.group_id.as_str(), kafka.topics),
        (List::default(), "dlq", List::default())
    );
    assert_eq!(kafka.client, ClientTable::default());
    assert_eq!(capture.profile, Profile::Default);
    assert_eq!((capture.batch_size, capture.writers), (1_000, 2));
    assert_eq!((capture.linger.0, capture.budget_bytes.0), (Duration::from_millis(5), 64 << 20));
    assert_eq!(capture.commit_interval.0, Duration::from_millis(200));
    assert!(quarantine.enabled && quarantine.create);
    assert_eq!((quarantine.topic.as_str(), quarantine.records_per_minute), ("dlq-quarantine", 100));
    assert_eq!((kafka.discover, shutdown.grace.0), (Discover::Off, Duration::from_secs(25)));
    assert_eq!((redrive.actor.as_str(), redrive.batch_size), ("operator", 500));
    assert_eq!(server.listen, None);
    assert!(!server.expose_without_authentication);
    assert_eq!((log.format, log.level), (LogFormat::Text, LogLevel::Info));
    assert!(loaded.settings.iter().all(|setting| setting.origin == Origin::Default));
}

#[test]
fn the_default_file_with_every_comment_removed_is_allowed_and_complete() {
    let uncommented = |line: &str| {
        let setting = line.strip_prefix("# ").filter(|rest| rest.contains(" = ") && !rest.contains('`'));
        setting.unwrap_or(line).to_owned()
    };
    let text: Vec<_> = reference::default_file().lines().map(uncommented).collect();
    let text = text.join("\n").replace("url_file = ", "# url_file = ");
    let loaded = load(&text, &[], &[]).unwrap();
    let keys: usize = SECTIONS.iter().map(|section| section.keys.len()).sum();
    assert_eq!(loaded.settings.len(), keys - 1, "every key but the file in place of the URL");
    assert_eq!(loaded.config.storage.url.unwrap().reveal(), "sqlite:dlq.db");
    assert_eq!(
        loaded.config.kafka.client.0.reveal().collect::<Vec<_>>(),
        [("security.protocol", "SASL_SSL")]
    );
}

#[test]
fn later_sources_win_and_are_named() {
    let file = "[capture]\nbatch_size = 10\nwriters = 3\nlinger = \"1ms\"";
    let environment = [("DLQ__CAPTURE__WRITERS", "4"), ("dlq__capture__linger", "2ms"), ("OTHER", "x")];
    let loaded = load(file, &environment, &[("capture.linger", "3ms")]).unwrap();
    let capture = &loaded.config.capture;
    assert_eq!((capture.batch_size, capture.writers, capture.linger.0.as_millis()), (10, 4, 3));
    assert!(origin_of(&loaded, "capture.batch_size").ends_with("dlq.toml"));
    assert_eq!(origin_of(&loaded, "capture.writers"), "environment DLQ__CAPTURE__WRITERS");
    assert_eq!(origin_of(&loaded, "capture.linger"), "flag --flag");
    assert_eq!(origin_of(&loaded, "capture.commit_interval"), "default");
}

#[test]
fn what_nobody_sets_the_profile_decides() {
    let file = "[capture]\nprofile = \"low_latency\"\nwriters = 3";
    let loaded = load(file, &[("DLQ__CAPTURE__LINGER", "2ms")], &[]).unwrap();
    let capture = &loaded.config.capture;
    assert_eq!((capture.batch_size, capture.writers, capture.linger.0.as_millis()), (200, 3, 2));
    assert_eq!(origin_of(&loaded, "capture.batch_size"), "profile low_latency");
    assert!(origin_of(&loaded, "capture.writers").ends_with("dlq.toml"));
    assert_eq!(origin_of(&loaded, "capture.linger"), "environment DLQ__CAPTURE__LINGER");
    assert_eq!(origin_of(&loaded, "capture.commit_interval"), "default");
    explains(
        "[capture]\nprofile = \"fast\"",
        &["capture.profile = \"fast\"", "one of default, high_throughput"],
    );
}

#[test]
fn every_profile_says_what_it_says_everywhere() {
    for profile in Profile::ALL {
        let loaded = load("", &[], &[("capture.profile", profile.as_str())]).unwrap();
        let (source, intake) =
            (crate::kafka::source(&loaded.config), crate::kafka::intake(&loaded.config, None));
        let (performance, processing) = (profile.performance(), profile.processing());
        assert_eq!(source.profile, profile);
        assert_eq!(
            (source.batch_size.max(), source.linger, source.budget_bytes, intake.writers),
            (
                performance.batch_size(),
                performance.linger(),
                performance.budget_bytes(),
                performance.writers()
            )
        );
        assert_eq!(
            (intake.store_timeout, intake.retry_min, intake.retry_max),
            (processing.store_timeout(), processing.store_retry_min(), processing.store_retry_max())
        );
    }
}

#[test]
fn client_properties_may_be_written_in_three_ways() {
    let file = "[kafka.client]\n\"sasl.password\" = \"old\"\n\"client.id\" = \"a\"\nsasl.username = \"u\"\nretries = 3\nsecurity.protocol = \"sasl_ssl\"";
    let loaded = load(file, &[("DLQ__KAFKA__CLIENT__SASL__PASSWORD", "new")], &[]).unwrap();
    let properties: Vec<_> = loaded.config.kafka.client.0.reveal().collect();
    assert_eq!(
        properties,
        [
            ("client.id", "a"),
            ("retries", "3"),
            ("sasl.password", "new"),
            ("sasl.username", "u"),
            ("security.protocol", "sasl_ssl"),
        ]
    );
    assert_eq!(
        origin_of(&loaded, "kafka.client.sasl.password"),
        "environment DLQ__KAFKA__CLIENT__SASL__PASSWORD"
    );
}

#[test]
fn rules_for_topics_are_a_list_of_tables() {
    let file = "[[dialects.topics]]\ntopic = \"^archive-.*\"\ndialect = \"kafka-connect\"\norigin_topic = \"orders\"\n\
                [[dialects.topics]]\ntopic = \"orders-dlq\"\nconsumer_group = \"billing\"\n\
                headers = { topic = \"X-Origin\", offset = { name = \"X-Offset\", encoding = \"int64\" } }";
    assert!(load(file, &[], &[]).unwrap().config.dialects.topics.is_some());
}

#[test]
fn rules_for_topics_that_cannot_hold_are_told_by_field() {
    let rule = |rest: &str| format!("[[dialects.topics]]\ntopic = \"a-dlq\"\n[[dialects.topics]]\n{rest}");
    let explains = |rest: &str, parts: &[&str]| explains(&rule(rest), parts);
    let second = "dialects.topics, rule 2";
    explains("topic = \"a b\"", &[second, "topic = \"a b\"", "dlq.toml", "allowed: a topic's name"]);
    explains("topic = \"^(\"", &[second, "topic = \"^(\"", "a regular expression"]);
    explains(
        "topic = \"b\"\ndialect = \"sprng\"",
        &[second, "dialect = \"sprng\"", "spring-dlt, spring-retry"],
    );
    explains("topic = \"b\"\norigin_topic = \"\"", &[second, "origin_topic = \"\"", "a topic's name"]);
    explains("topic = \"b\"\ngroup = \"x\"", &[second, "unknown field `group`", "consumer_group"]);
    explains("dialect = \"camel\"", &[second, "missing configuration field \"topic\""]);
    explains("topic = \"b\"\nheaders = { topik = \"x\" }", &[second, "topik", "topic"]);
    let binary = "topic = \"b\"\nheaders = { topic = { name = \"x\", encoding = \"int32\" } }";
    explains(binary, &[second, "headers.topic.encoding = \"int32\"", "allowed: text"]);
    super::tests::explains("[dialects]\ntopics = \"a\"", &["dialects.topics = \"a\"", "a list of tables"]);
}

#[test]
fn lists_may_be_texts_with_commas() {
    let file = "[kafka]\nbrokers = \"a:9092, b:9093\"\ntopics = [\"x-dlt\", \"^y.*\"]";
    let kafka = load(file, &[], &[]).unwrap().config.kafka;
    assert_eq!(kafka.brokers.0, ["a:9092", "b:9093"]);
    assert_eq!(kafka.topics.0, ["x-dlt", "^y.*"]);
}

#[test]
fn unknown_keys_propose_the_nearest() {
    explains(
        "[capture]\nbath_size = 1",
        &["capture.bath_size", "dlq.toml", "did you mean capture.batch_size?"],
    );
    explains("batch_sise = 1", &["did you mean", "batch_size?"]);
    explains("[kapture]\nlinger = \"1ms\"", &["kapture.linger", "did you mean capture.linger?"]);
    explains("[kafka]\nurl = \"hunter2\"", &["kafka.url", "did you mean storage.url?"]);
    explains(
        "[web]\nzzzzzzzz = 1",
        &["web.zzzzzzzz", "no such key", "storage, kafka, capture, dialects, quarantine"],
    );
    explains("capture = 5", &["capture", "this is a section", "batch_target, linger"]);
}

#[test]
fn wrong_values_are_shown_with_what_is_allowed() {
    explains("[capture]\nbatch_size = 0", &["capture.batch_size = \"0\"", "a whole number from 1 to 100000"]);
    explains("[capture]\nbatch_size = -1", &["\"-1\"", "a whole number from 1 to 100000"]);
    explains("[capture]\nbatch_size = [1]", &["capture.batch_size", "a whole number from 1 to 100000"]);
    explains("[capture]\nlinger = \"5 parsecs\"", &["\"5 parsecs\"", "from 0s to 10s, such as 200ms"]);
    explains("[capture]\nlinger = \"11s\"", &["\"11s\"", "from 0s to 10s"]);
    explains("[capture]\nbudget_bytes = \"1KiB\"", &["\"1KiB\"", "a size from 1.0 MiB to 1.0 TiB"]);
    explains("[log]\nlevel = \"inof\"", &["\"inof\"", "one of error, warn, info, debug, trace"]);
    explains("[server]\nlisten = \"9099\"", &["server.listen = \"9099\"", "an IP address and a port"]);
    explains("[server]\nexpose_without_authentication = 1", &["\"1\"", "true or false"]);
    explains("[kafka]\ngroup_id = \"\"", &["kafka.group_id = \"\"", "a text"]);
    explains("[kafka]\nbrokers = [\"kafka\"]", &["kafka.brokers", "\"kafka\"", "a list of host:port"]);
    explains("[kafka]\ntopics = [\"a b\"]", &["kafka.topics", "\"a b\"", "a list of topic names"]);
    explains("[quarantine]\ntopic = \"a b\"", &["quarantine.topic = \"a b\"", "the name of a topic"]);
    explains("[quarantine]\ncreate = \"maybe\"", &["quarantine.create = \"maybe\"", "true or false"]);
    explains("[kafka.client]\n\"client.id\" = [\"a\"]", &["kafka.client.client.id", "a text, a number"]);
    explains("[kafka]\nclient = 5", &["kafka.client = \"5\"", "a table"]);
}

#[test]
fn combinations_that_cannot_work_are_told() {
    explains("[kafka]\ndiscover_deny = [\"^(\"]", &["kafka.discover_deny", "\"^(\"", "a regular expression"]);
    explains("[kafka]\ntopics = [\"^(\"]", &["kafka.topics", "\"^(\"", "a regular expression"]);
    explains("[kafka]\ntopics = \"dlq-quarantine\"", &["quarantine.topic", "is among kafka.topics"]);
    explains("[capture]\nwriters = 9", &["capture.writers = \"9\"", "at most storage.pool_size, which is 8"]);
    explains("[capture]\nretry_backoff_min = \"1m\"", &["retry_backoff_min", "at most", "which is 5s"]);
    explains("[redrive]\nlease = \"30s\"", &["redrive.lease = \"30s\"", "more than redrive.send_timeout"]);
    explains(
        "[storage]\nurl = \"sqlite:a\"\nurl_file = \"b\"",
        &["storage.url_file", "allowed: one of the two"],
    );
    explains(
        "[kafka.client]\n\"group.id\" = \"x\"",
        &["kafka.client.group.id", "set kafka.group_id instead"],
    );
    let both = "[kafka.client]\nsecurity.protocol = \"sasl_ssl\"\nsasl.password = \"hunter2\"\nsasl.password_file = \"b\"";
    explains(both, &["kafka.client.sasl.password_file = \"b\"", "allowed: one of the two"]);
}

#[test]
fn mistakes_are_reported_together() {
    let file = "[capture]\nbatch_size = 0\nlingre = \"1ms\"\n[log]\nformat = \"xml\"";
    let mistakes = mistakes(file, &[("DLQ__STORAGE__POOL_SIZE", "many")]);
    assert_eq!(mistakes.len(), 4, "{mistakes:#?}");
    assert!(
        mistakes.iter().any(|line| line.contains("(environment DLQ__STORAGE__POOL_SIZE)")),
        "{mistakes:#?}"
    );
}

#[test]
fn files_that_cannot_be_read_are_told_without_their_text() {
    explains("[storage]\nurl = \"postgres://dlq:hunter2@db\n", &["dlq.toml", "line 2: not TOML"]);
    assert!(!mistakes("[storage]\nurl = \"postgres://dlq:hunter2@db\n", &[])[0].contains("hunter2"));
    let missing = Config::load(&Sources { file: Some("no/such.toml".into()), ..Sources::default() });
    assert!(missing.unwrap_err().to_string().contains("no/such.toml: cannot be read"));
}

#[test]
fn secrets_may_stand_in_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("url"), "postgres://dlq:hunter2@db/dlq\n").unwrap();
    std::fs::write(path("password"), "hunter3\r\n").unwrap();
    let (url, password, missing) = (path("url"), path("password"), path("missing"));
    let file = format!(
        "[storage]\nurl_file = {url:?}\n[kafka.client]\n\"sasl.password_file\" = {password:?}\n\
        \"security.protocol\" = \"SASL_SSL\""
    );
    let config = load(&file, &[], &[]).unwrap().config;
    assert_eq!(config.storage.required_url().unwrap().reveal(), "postgres://dlq:hunter2@db/dlq");
    assert_eq!(
        config.kafka.client.0.reveal().collect::<Vec<_>>(),
        [("sasl.password", "hunter3"), ("security.protocol", "SASL_SSL")]
    );
    explains(&format!("[storage]\nurl_file = {missing:?}"), &["storage.url_file", "cannot be read"]);
}

#[test]
fn secrets_never_print() {
    let file = "[storage]\nurl = \"postgres://dlq:hunter2@db/dlq\"\npaswort = \"hunter2\"\n\
                [kafka.client]\n\"sasl.password\" = \"hunter2\"\n\"ssl.key.password\" = [\"hunter2\"]";
    let told = format!("{:?} {:?}", mistakes(file, &[]), load(file, &[], &[]));
    assert!(told.contains("storage.paswort") && !told.contains("hunter2"), "{told}");
    let right = file
        .replace("paswort = \"hunter2\"", "")
        .replace("[kafka.client]", "[kafka.client]\n\"security.protocol\" = \"sasl_ssl\"")
        .replace("[\"hunter2\"]", "\"hunter2\"");
    let told = format!("{:?}", load(&right, &[], &[]).unwrap());
    assert!(told.contains("postgres://dlq:***@db/dlq") && !told.contains("hunter2"), "{told}");
}

#[test]
fn what_is_missing_is_told_with_how_to_set_it() {
    let config = Config::load(&Sources::default()).unwrap().config;
    let missing: Vec<_> = config.missing_for_serve().iter().map(ToString::to_string).collect();
    assert_eq!(missing.len(), 3, "{missing:?}");
    assert!(missing[0].starts_with("storage.url: is not set") && missing[0].contains("DLQ__STORAGE__URL"));
}

#[test]
fn the_reference_page_is_current() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
    let kept = std::fs::read_to_string(page).unwrap_or_default();
    assert!(kept == reference::page(), "write it anew: dlq check --print-reference > docs/configuration.md");
}

#[test]
fn other_machines_are_let_in_on_purpose_only() {
    let exposed = "[server]\nlisten = \"0.0.0.0:9099\"\n";
    explains(exposed, &["server.listen = \"0.0.0.0:9099\"", "nothing asks who calls", "127.0.0.1:9099"]);
    let on_purpose = format!("{exposed}expose_without_authentication = true");
    assert!(load(&on_purpose, &[], &[]).is_ok());
    let by_variable = [("DLQ__SERVER__EXPOSE_WITHOUT_AUTHENTICATION", "true")];
    assert!(load(exposed, &by_variable, &[]).is_ok());
    assert_eq!(
        load("", &[("DLQ__SERVER__LISTEN", "")], &[]).unwrap().config.server.listen,
        Some(Listen(None))
    );
}

#[test]
fn properties_that_the_client_would_refuse_or_not_heed_are_mistakes() {
    explains("[kafka.client]\n\"no.such\" = 1", &["kafka.client.no.such", "No such configuration property"]);
    explains("[kafka.client]\n\"sasl.username\" = \"dlq\"", &["no effect", "plaintext", "SASL_SSL"]);
    let half = "[kafka.client]\n\"security.protocol\" = \"SASL_PLAINTEXT\"\n\"ssl.ca.location\" = \"ca.pem\"";
    explains(half, &["kafka.client.ssl.ca.location", "no effect", "SSL or SASL_SSL"]);
}
