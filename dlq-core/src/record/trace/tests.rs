use proptest::prelude::*;

use super::{Frame, FrameworkPrefixes, StackTrace, is_wrapper};

const SPRING: &str = "org.springframework.kafka.listener.ListenerExecutionFailedException: Listener method 'public void com.acme.OrderListener.on(com.acme.Order)' threw exception
\tat org.springframework.kafka.listener.adapter.MessagingMessageListenerAdapter.invokeHandler(MessagingMessageListenerAdapter.java:457)
\tat java.base/java.lang.Thread.run(Thread.java:1583)
\tSuppressed: org.springframework.kafka.listener.ListenerExecutionFailedException: Restored Stack Trace
\t\tat com.acme.Restored.trace(Restored.java:1)
\tCaused by: java.lang.Error: of the suppressed one
\t\t... 2 more
Caused by: com.acme.PaymentException: card refused,
\tsee [Listeners@3a1e5839]:

at once
\tat app//com.acme.Payments.lambda$charge$0(Payments.java:42)
\tat app//com.acme.OrderListener.on(OrderListener.java:20)
\t... 24 more
Caused by: java.net.ConnectException: Connection refused
\tat java.base/sun.nio.ch.Net.connect0(Native Method)
\tat java.base/sun.nio.ch.Net.connect(Net.java:589)
\t... 26 more
";

fn classes<'a>(trace: &StackTrace<'a>) -> Vec<&'a str> {
    trace.throwables.iter().map(|throwable| throwable.class).collect()
}

fn application_frame(text: &str) -> Option<&str> {
    StackTrace::parse(text).application_frame(&FrameworkPrefixes::default()).map(|frame| frame.name())
}

#[test]
fn the_chain_is_read_without_what_was_suppressed() {
    let trace = StackTrace::parse(SPRING);
    let chain = [
        "org.springframework.kafka.listener.ListenerExecutionFailedException",
        "com.acme.PaymentException",
        "java.net.ConnectException",
    ];
    assert_eq!(classes(&trace), chain);
    assert_eq!(trace.class(), Some("com.acme.PaymentException"));
    assert_eq!(trace.message(), Some("card refused,\n\tsee [Listeners@3a1e5839]:\n\nat once"));
    assert_eq!(trace.root().unwrap().message, Some("Connection refused"));
    let frames: Vec<_> = trace.throwables[0].frames().map(|frame| frame.name()).collect();
    assert_eq!(frames.len(), 2);
    assert_eq!(frames[1], "java.lang.Thread.run");
}

#[test]
fn pieces_are_pieces_of_the_text() {
    let class = StackTrace::parse(SPRING).root().unwrap().class;
    let offset = class.as_ptr().addr() - SPRING.as_ptr().addr();
    assert_eq!(SPRING.get(offset..offset + class.len()), Some("java.net.ConnectException"));
}

#[test]
fn windows_line_ends_change_nothing() {
    let windows = SPRING.replace('\n', "\r\n");
    let trace = StackTrace::parse(&windows);
    assert_eq!(classes(&trace), classes(&StackTrace::parse(SPRING)));
    assert_eq!(trace.message(), Some("card refused,\r\n\tsee [Listeners@3a1e5839]:\r\n\r\nat once"));
    assert_eq!(application_frame(&windows), application_frame(SPRING));
}

#[test]
fn a_root_with_shared_frames_goes_on_in_the_exception_around_it() {
    assert_eq!(application_frame(SPRING), Some("com.acme.Payments.lambda$charge$0"));
}

#[test]
fn a_root_without_frames_of_its_own_takes_those_around_it() {
    let text = "java.lang.IllegalStateException: x\n\tat com.acme.Outer.call(Outer.java:1)\n\
                Caused by: com.acme.Middle\n\tat com.acme.Inner.wrap(Inner.java:2)\n\t... 3 more\n\
                Caused by: java.io.IOException: disk\n\t... 24 more";
    assert_eq!(application_frame(text), Some("com.acme.Inner.wrap"));
    let without_any_line = text.trim_end_matches("\n\t... 24 more");
    assert_eq!(application_frame(without_any_line), Some("com.acme.Inner.wrap"));
}

#[test]
fn a_root_of_another_thread_has_its_own_frames_only() {
    let text = "java.util.concurrent.ExecutionException: java.lang.Error: x\n\tat com.acme.Future.get(F.java:1)\n\
                Caused by: java.lang.Error: x\n\tat java.base/java.lang.Thread.run(Thread.java:1)";
    assert_eq!(application_frame(text), None);
    assert_eq!(StackTrace::parse(text).class(), Some("java.lang.Error"));
}

#[test]
fn wrappers_are_seen_through_unless_nothing_is_inside() {
    let wrapped = "org.apache.kafka.connect.errors.ConnectException: Exiting\n\tat a.B.c(B.java)\n\
                   Caused by: java.net.ConnectException: refused\n\tat a.B.d(B.java)\n\
                   Caused by: java.io.IOException\n\tat a.B.e(B.java)";
    assert_eq!(StackTrace::parse(wrapped).class(), Some("java.net.ConnectException"));
    let alone = "org.apache.kafka.streams.errors.StreamsException: x\n\tat a.B.c(B.java)\n\
                 Caused by: java.util.concurrent.CompletionException: y\n\tat a.B.d(B.java)";
    assert_eq!(StackTrace::parse(alone).class(), Some("java.util.concurrent.CompletionException"));
    assert!(is_wrapper("jakarta.ws.rs.ProcessingException") && !is_wrapper("com.acme.ProcessingExceptionX"));
}

#[test]
fn a_message_may_be_missing_or_empty() {
    let text = "java.lang.RuntimeException: \n\tat a.B.c(B.java:1)\nCaused by: java.lang.NullPointerException\n\tat a.B.d(B.java:1)";
    let messages: Vec<_> =
        StackTrace::parse(text).throwables.iter().map(|throwable| throwable.message).collect();
    assert_eq!(messages, [Some(""), None]);
}

#[test]
fn a_trace_may_be_one_line() {
    assert_eq!(
        StackTrace::parse("java.lang.NullPointerException").class(),
        Some("java.lang.NullPointerException")
    );
    let trace = StackTrace::parse("com.acme.Outer$FailedException: why: because\r\n");
    assert_eq!(
        (trace.class(), trace.message()),
        (Some("com.acme.Outer$FailedException"), Some("why: because"))
    );
}

#[test]
fn a_class_without_package_is_believed_when_frames_follow() {
    assert_eq!(StackTrace::parse("Oops: x\n\tat Main.main(Main.java:1)").class(), Some("Oops"));
    assert_eq!(StackTrace::parse("Oops: x").class(), None);
}

#[test]
fn a_cause_that_names_no_class_is_no_throwable() {
    let text = "java.sql.SQLException: ORA-00942\n\tat com.acme.Dao.read(Dao.java:1)\n\
                Caused by: Error : 942, Position : 14\n\tat oracle.jdbc.driver.T4C.x(T4C.java)\n\t... 3 more";
    let trace = StackTrace::parse(text);
    assert_eq!(classes(&trace), ["java.sql.SQLException"]);
    assert_eq!(trace.message(), Some("ORA-00942"));
}

#[test]
fn a_dotnet_text_is_read_the_same_way() {
    let text = "System.InvalidOperationException: no order\n ---> System.TimeoutException: too slow\n   \
                at Npgsql.Reader.Read()\n   at Acme.Orders.Load(Int32 id) in /src/Orders.cs:line 3\n   \
                --- End of inner exception stack trace ---\n   at Acme.Handler.Handle(Order order)";
    let trace = StackTrace::parse(text);
    assert_eq!(classes(&trace), ["System.InvalidOperationException", "System.TimeoutException"]);
    assert_eq!(trace.root().unwrap().message, Some("too slow"));
    assert_eq!(trace.root().unwrap().frames().count(), 2);
    assert_eq!(application_frame(text), Some("Acme.Orders.Load"));
}

#[test]
fn a_dotnet_error_may_carry_a_code() {
    let text = "System.InvalidOperationException: no order\r\n ---> Npgsql.NpgsqlException (0x80004005): Failed to \
                connect\r\n ---> System.Net.Sockets.SocketException (111): Connection refused\r\n   at \
                Acme.Db.Open()\r\n";
    let trace = StackTrace::parse(text);
    assert_eq!(classes(&trace)[1..], ["Npgsql.NpgsqlException", "System.Net.Sockets.SocketException"]);
    assert_eq!(trace.root().unwrap().message, Some("Connection refused"));
    assert_eq!(trace.message(), Some("no order"));
}

#[test]
fn the_dotnet_framework_writes_its_causes_in_one_line() {
    let text = "System.AggregateException: One or more ---> failed. ---> System.TimeoutException: too slow\r\n   \
                at Acme.Orders.Load(Int32 id)\r\n   --- End of inner exception stack trace ---\r\n";
    let trace = StackTrace::parse(text);
    assert_eq!(classes(&trace), ["System.AggregateException", "System.TimeoutException"]);
    assert_eq!(trace.class(), Some("System.TimeoutException"), "the other only wraps it");
    assert_eq!(trace.throwables[0].message, Some("One or more ---> failed."));
    assert_eq!(application_frame(text), Some("Acme.Orders.Load"));
    let java = StackTrace::parse("com.acme.A: moved ---> com.acme.B: moved\n\tat com.acme.A.b(A.java:1)");
    assert_eq!(java.message(), Some("moved ---> com.acme.B: moved"));
}

#[test]
fn frames_alone_are_those_of_an_exception_told_elsewhere() {
    let text = "   at Npgsql.Reader.Read()\r\n   at Acme.Orders.Load(Int32 id) in /src/Orders.cs:line 3\r\n";
    assert_eq!(classes(&StackTrace::parse(text)), [""; 0]);
    assert_eq!(application_frame(text), Some("Acme.Orders.Load"));
    assert_eq!(application_frame("a word\n   at Acme.Orders.Load(Int32 id)"), None);
}

#[test]
fn other_texts_hold_no_throwables() {
    let others = [
        "",
        "\n",
        "boom",
        "Connection refused: no route",
        "http://acme.com: unreachable",
        "example.com: not found",
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    f()\nValueError: x",
        "panic: runtime error: index out of range [3]\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:8 +0x1d",
        "thread 'main' panicked at src/main.rs:2:5:\nboom\nstack backtrace:\n   0: rust_begin_unwind\n   at /rustc/x",
        "TypeError: x is not a function\n    at Object.<anonymous> (/src/a.js:1:3)",
        "Error: order failed\n\nCaused by:\n    0: no such file",
    ];
    for text in others {
        assert_eq!(StackTrace::parse(text).throwables, [], "{text}");
    }
}

#[test]
fn frames_lose_what_is_drawn_anew() {
    let table = [
        ("\tat com.acme.Foo.bar(Foo.java:1)", "com.acme.Foo.bar"),
        ("\tat app//com.acme.Foo.<init>(Foo.java:1) ~[app.jar:1.0]", "com.acme.Foo.<init>"),
        ("\tat java.base@21.0.1/java.util.Map.get(Map.java)", "java.util.Map.get"),
        ("\tat com.acme.Foo.lambda$bar$12(Foo.java:1)", "com.acme.Foo.lambda$bar"),
        (
            "\tat com.acme.Foo$$Lambda$14/0x0000000800c3f440.apply(Unknown Source)",
            "com.acme.Foo$$Lambda.apply",
        ),
        ("\tat app//com.acme.Foo$$Lambda/0x7f00.apply(Unknown Source)", "com.acme.Foo$$Lambda.apply"),
        ("\tat com.acme.Foo$$SpringCGLIB$$0.bar(<generated>)", "com.acme.Foo$$SpringCGLIB.bar"),
        (
            "\tat com.acme.Foo$$EnhancerBySpringCGLIB$$ab12.bar(<generated>)",
            "com.acme.Foo$$EnhancerBySpringCGLIB.bar",
        ),
        ("\tat jdk.proxy2.$Proxy99.send(Unknown Source)", "jdk.proxy2.$Proxy.send"),
        ("\tat com.acme.Foo$1.run(Foo.java:1)", "com.acme.Foo$1.run"),
    ];
    for (line, stable) in table {
        assert_eq!(Frame::read(line).unwrap().stable_name(), stable, "{line}");
    }
    assert_eq!(Frame::read("\tat nothing"), None);
    assert_eq!(Frame::read("\t\tat com.acme.Suppressed.frame(S.java:1)"), None);
}

#[test]
fn prefixes_are_the_users_to_choose() {
    let prefixes = FrameworkPrefixes::new(["org.a.", "org.a.b.", "", "org.c."]);
    assert!(
        prefixes.contain("org.a.c.D.e") && prefixes.contain("org.a.b.D.e") && prefixes.contain("org.c.D.e")
    );
    assert!(!prefixes.contain("org.ab.D.e") && !prefixes.contain("com.acme.D.e") && !prefixes.contain(""));
    let more = FrameworkPrefixes::default().with(["com.acme.platform."]);
    assert!(more.contain("com.acme.platform.Bus.send") && more.contain("java.lang.Thread.run"));
    assert!(!more.contain("com.acme.Orders.load"));
}

proptest! {
    #[test]
    fn any_text_is_taken(text in "(Caused by: |\\tat |\\t\\.\\.\\. 3 more|\\tSuppressed: |a\\.B|: | ---> |   at |\\(|[\\r\\n]{1,2}|.){0,40}") {
        let trace = StackTrace::parse(&text);
        let range = text.as_bytes().as_ptr_range();
        for throwable in &trace.throwables {
            prop_assert!(range.contains(&throwable.class.as_ptr()));
        }
        let _ = trace.application_frame(&FrameworkPrefixes::default()).map(|frame| frame.stable_name().len());
    }
}
