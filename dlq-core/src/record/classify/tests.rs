use super::{ErrorClassifier, Pattern, Rule, builtin};
use crate::record::ErrorType::{self, *};

fn by_class(class: &str) -> ErrorType {
    ErrorClassifier::builtin().classify(Some(class), None, None)
}

fn by_message(message: &str) -> ErrorType {
    ErrorClassifier::builtin().classify(None, None, Some(message))
}

#[test]
fn knows_the_common_classes() {
    let classifier = ErrorClassifier::builtin();
    let known = [
        ("java.net.SocketTimeoutException", TransientNetwork),
        ("java.util.concurrent.TimeoutException", TransientNetwork),
        ("org.apache.kafka.common.errors.TimeoutException", TransientNetwork),
        ("org.springframework.web.client.ResourceAccessException", TransientNetwork),
        ("javax.net.ssl.SSLHandshakeException", Authentication),
        ("org.apache.kafka.connect.errors.RetriableException", TransientService),
        ("org.apache.kafka.common.errors.NotLeaderOrFollowerException", TransientService),
        ("org.apache.kafka.common.errors.SerializationException", Serialization),
        ("org.apache.kafka.common.errors.RecordTooLargeException", PermanentFailure),
        ("org.apache.kafka.common.errors.SaslAuthenticationException", Authentication),
        ("org.apache.kafka.common.errors.TopicAuthorizationException", Authentication),
        ("org.apache.kafka.connect.errors.DataException", Serialization),
        ("org.springframework.kafka.support.serializer.DeserializationException", Serialization),
        (
            "org.springframework.messaging.handler.annotation.support.MethodArgumentNotValidException",
            Validation,
        ),
        ("org.springframework.dao.CannotAcquireLockException", TransientService),
        ("org.springframework.dao.DuplicateKeyException", PermanentFailure),
        ("org.springframework.dao.DataIntegrityViolationException", PermanentFailure),
        ("org.hibernate.exception.ConstraintViolationException", PermanentFailure),
        ("jakarta.validation.ConstraintViolationException", Validation),
        ("org.springframework.web.client.HttpServerErrorException$ServiceUnavailable", TransientService),
        ("org.springframework.web.client.HttpClientErrorException$TooManyRequests", ResourceExhausted),
        ("org.springframework.web.client.HttpClientErrorException$Unauthorized", Authentication),
        ("java.sql.SQLTransientConnectionException", TransientNetwork),
        ("java.sql.SQLIntegrityConstraintViolationException", PermanentFailure),
        ("java.sql.SQLTimeoutException", TransientService),
        ("com.fasterxml.jackson.databind.exc.SomethingNewException", Serialization),
        ("org.apache.avro.AvroTypeException", Serialization),
        ("com.google.protobuf.InvalidProtocolBufferException", Serialization),
        ("java.lang.OutOfMemoryError", ResourceExhausted),
        ("System.TimeoutException", TransientNetwork),
        ("System.Net.Http.HttpRequestException", TransientNetwork),
        ("System.Text.Json.JsonException", Serialization),
        ("System.UnauthorizedAccessException", Authentication),
        ("json.decoder.JSONDecodeError", Serialization),
        ("pydantic_core._pydantic_core.ValidationError", Validation),
        ("requests.exceptions.ConnectionError", TransientNetwork),
        ("requests.exceptions.ReadTimeout", TransientNetwork),
        ("ConnectionError", TransientNetwork),
        ("TimeoutError", TransientNetwork),
        ("ValueError", Validation),
        ("KeyError", PermanentFailure),
        ("std::io::ErrorKind::ConnectionRefused", TransientNetwork),
        ("serde_json::Error", Serialization),
        ("tokio::time::error::Elapsed", TransientNetwork),
        ("reqwest::Error", TransientNetwork),
        ("com.acme.orders.OrderValidationException", Validation),
        ("com.acme.Orders$ValidationException", Validation),
        ("com.acme.OddException", Unknown),
        ("java.lang.RuntimeException", Unknown),
        ("", Unknown),
    ];
    for (class, kind) in known {
        assert_eq!(classifier.classify(Some(class), None, None), kind, "{class}");
    }
}

#[test]
fn reads_messages_when_the_class_says_nothing() {
    let classifier = ErrorClassifier::builtin();
    let known = [
        ("503 Service Unavailable: [no body]", TransientService),
        ("I/O error: Connection refused", TransientNetwork),
        ("[429] during [GET] to [http://stock/items]: 429 Too Many Requests", ResourceExhausted),
        ("Response status code does not indicate success: 404 (Not Found).", PermanentFailure),
        ("400 Client Error: Bad Request for url: http://stock/items", Validation),
        ("Request failed with status code 500", TransientService),
        ("Service: S3, Status Code: 503, Request ID: 7", TransientService),
        ("HTTP/1.1 401", Authentication),
        ("ERROR: duplicate key value violates unique constraint \"orders_pkey\"", PermanentFailure),
        ("Connection to db:5432 refused. Check that the hostname and port are correct", TransientNetwork),
        ("dial tcp 10.0.0.1:5432: i/o timeout", TransientNetwork),
        ("charge: context deadline exceeded", TransientNetwork),
        ("invalid character 'x' looking for beginning of value", Serialization),
        ("missing field `id` at line 1 column 2", Serialization),
        ("expected value at line 1 column 1", Serialization),
        ("Unexpected token < in JSON at position 0", Serialization),
        ("expected order 7 at noon", Unknown),
        ("503 items were left over", Unknown),
        ("order 404 is late", Unknown),
        ("", Unknown),
    ];
    for (message, kind) in known {
        assert_eq!(
            classifier.classify(Some("java.lang.RuntimeException"), None, Some(message)),
            kind,
            "{message}"
        );
    }
}

#[test]
fn the_root_tells_more_than_what_was_thrown_around_it() {
    let classifier = ErrorClassifier::builtin();
    let serialization = Some("org.apache.kafka.common.errors.SerializationException");
    let timeout = Some("java.net.SocketTimeoutException");
    assert_eq!(classifier.classify(serialization, timeout, None), TransientNetwork);
    assert_eq!(classifier.classify(timeout, serialization, None), Serialization);
}

#[test]
fn a_root_that_says_little_gives_way_to_a_telling_class_or_message() {
    let classifier = ErrorClassifier::builtin();
    let root = Some("java.lang.IllegalArgumentException");
    let class = Some("org.springframework.kafka.support.serializer.DeserializationException");
    assert_eq!(classifier.classify(class, root, None), Serialization);
    assert_eq!(classifier.classify(None, root, Some("503 Service Unavailable")), TransientService);
    assert_eq!(classifier.classify(None, root, Some("price must be positive")), Validation);
    let http = Some("System.Net.Http.HttpRequestException");
    let not_found = Some("Response status code does not indicate success: 404 (Not Found).");
    assert_eq!(classifier.classify(http, None, not_found), PermanentFailure);
}

#[test]
fn one_class_can_differ_by_message() {
    let grpc = Some("io.grpc.StatusRuntimeException");
    let classify = |message| ErrorClassifier::builtin().classify(grpc, None, message);
    assert_eq!(classify(Some("UNAVAILABLE: io exception")), TransientService);
    assert_eq!(classify(Some("INVALID_ARGUMENT: no such sku")), Validation);
    assert_eq!(classify(None), Unknown);
}

#[test]
fn rules_of_the_user_come_first_in_their_order() {
    let classifier = ErrorClassifier::builder()
        .rule(Rule {
            class: Pattern::Is("PaymentException".into()),
            message: Pattern::Contains("insufficient FUNDS".into()),
            kind: Validation,
        })
        .rules([
            Rule::class(Pattern::StartsWith("com.acme.".into()), PermanentFailure),
            Rule::class(Pattern::Is("com.acme.PaymentException".into()), Authentication),
            Rule::message(Pattern::Contains("try later".into()), TransientService),
        ])
        .build();
    let payment = Some("com.acme.PaymentException");
    let timeout = Some("java.net.SocketTimeoutException");
    assert_eq!(classifier.classify(payment, timeout, Some("Insufficient funds")), Validation);
    assert_eq!(classifier.classify(payment, timeout, None), PermanentFailure);
    assert_eq!(classifier.classify(timeout, None, Some("please try LATER")), TransientService);
    assert_eq!(classifier.classify(timeout, None, Some("else")), TransientNetwork);
}

#[test]
fn a_rule_for_anything_is_for_what_is_not_known_too() {
    let classifier = ErrorClassifier::builder().rule(Rule::class(Pattern::Any, Validation)).build();
    assert_eq!(classifier.classify(None, None, None), Validation);
    assert_eq!(classifier.classify(Some("java.net.SocketTimeoutException"), None, None), Validation);
}

#[test]
fn without_builtin_only_the_rules_of_the_user_are_known() {
    let classifier = ErrorClassifier::builder().without_builtin().build();
    assert_eq!(classifier.classify(Some("java.net.SocketTimeoutException"), None, None), Unknown);
}

#[test]
fn a_very_long_message_is_cut_between_characters() {
    assert_eq!(by_message(&"é".repeat(100_000)), Unknown);
    assert_eq!(by_message(&format!("x{}", "é".repeat(100_000))), Unknown);
}

#[test]
fn no_builtin_name_stands_twice() {
    let rules = builtin::telling().into_iter().chain(builtin::general());
    let mut names: Vec<String> = rules
        .filter_map(|rule| match (rule.class, rule.message) {
            (Pattern::Is(name), Pattern::Any) => Some(name.into_owned()),
            _ => None,
        })
        .collect();
    names.sort_unstable();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert!(names.iter().all(|name| by_class(name) != Unknown));
}
